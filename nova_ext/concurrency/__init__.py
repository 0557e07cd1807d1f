# SPDX-License-Identifier: Apache-2.0
"""Running something in the background, and waiting for it within a bound."""
