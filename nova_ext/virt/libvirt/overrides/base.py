# SPDX-License-Identifier: Apache-2.0
"""The base of the mixins."""

from __future__ import annotations

from typing import Any

#: To type checkers anything: at run time the mixins come before Nova's driver.
Base: Any = object
