# SPDX-License-Identifier: Apache-2.0
"""Words as a shell reads them, of text that may be no good one."""

from __future__ import annotations

import shlex


def split(text: str, comments: bool = False) -> list[str]:
    """The words of a text, without quotes; where a quotation is not closed, as it stands there.

    :param comments: ``#`` begins a comment
    """
    try:
        return shlex.split(text, comments=comments)
    except ValueError:
        return text.split()
