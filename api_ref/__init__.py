# SPDX-License-Identifier: Apache-2.0
"""The API reference; ``make docs`` builds it from ``source``."""
