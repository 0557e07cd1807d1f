# SPDX-License-Identifier: Apache-2.0
"""Lines that are put at the end of a file, and can be taken away again without a trace."""

from __future__ import annotations

from collections.abc import Sequence

from nova_ext.cmd.edits import lines


def append(text: str, added: Sequence[str]) -> str:
    """A text with lines more, after an empty one.

    The end of the text, a line's end or none, stays its end.
    """
    end = lines.newline_of(text)
    body = text[:-len(end)] if text.endswith(end) else text
    return body + _block(added, end) + text[len(body):]


def remove(text: str, added: Sequence[str]) -> str:
    """A text without the lines that :func:`append` put there, if they are as they were."""
    before, _, after = text.rpartition(_block(added, lines.newline_of(text)))
    return before + after


def _block(added: Sequence[str], end: str) -> str:
    return end + ''.join(end + line for line in added)
