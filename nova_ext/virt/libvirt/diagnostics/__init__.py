# SPDX-License-Identifier: Apache-2.0
"""What is known about a guest: ``collector.py`` puts it together."""
