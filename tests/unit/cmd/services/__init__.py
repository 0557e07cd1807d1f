# SPDX-License-Identifier: Apache-2.0
"""Which services a host runs, and what they read."""
