# SPDX-License-Identifier: Apache-2.0
"""What runs inside the process of Nova's tests, in an environment that has little else.

Nothing here imports anything of the checkout but its neighbours.
"""
