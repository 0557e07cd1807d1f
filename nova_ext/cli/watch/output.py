# SPDX-License-Identifier: Apache-2.0
"""Output that somebody may stop reading."""

from __future__ import annotations

import os
from typing import Optional, TextIO


def forget(output: Optional[TextIO]) -> None:
    """Let what nobody reads any more go nowhere, and Python end without a word about it."""
    if output is not None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, output.fileno())
        os.close(nowhere)
