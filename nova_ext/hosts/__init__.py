# SPDX-License-Identifier: Apache-2.0
"""What Nova's API and its databases know of compute hosts."""
