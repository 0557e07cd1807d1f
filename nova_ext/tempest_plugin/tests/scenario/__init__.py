# SPDX-License-Identifier: Apache-2.0
"""What is seen of a server through what is done to it."""
