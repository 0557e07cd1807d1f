# SPDX-License-Identifier: Apache-2.0
"""Changes of Nova's configuration files that leave every other character as it is."""
