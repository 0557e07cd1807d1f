# SPDX-License-Identifier: Apache-2.0
"""nova-ext's filter in the text of a paste file."""

from __future__ import annotations

import re

from nova_ext.cmd import paste_file
from nova_ext.cmd.edits import addition, lines

_SECTION = [f'[filter:{paste_file.NAME}]', f'use = {paste_file.USE}']


def enable(text: str) -> str:
    """Put the filter last before the application, in each of Nova's composites.

    A filter elsewhere in the pipeline, or there twice, is moved there.

    :raises paste_file.Unreadable: the text is no paste file, or none with composites of Nova's
    """
    found = paste_file.parse(text)
    if not found.pipelines:
        raise paste_file.Unreadable(
            f"has none of Nova's composites ({paste_file.PIPELINE}...) with a pipeline "
            f'{paste_file.KEY}')
    name = min(found.filters) if found.filters else paste_file.NAME
    names = found.filters | {name}
    for section, words in found.pipelines.items():
        if words and not paste_file.is_in_place(words, names):
            text = _insert(_without(text, section, names), section, name)
    return text if found.filters else addition.append(text, _SECTION)


def disable(text: str) -> str:
    """Take the filter out of the pipelines, and its section away if it is as it was added.

    The section stays where anything else refers to it.

    :raises paste_file.Unreadable: the text is no paste file
    """
    found = paste_file.parse(text)
    for section in found.pipelines:
        if not found.filters.isdisjoint(found.pipelines[section]):
            text = _without(text, section, found.filters)
    return text if paste_file.parse(text).users else addition.remove(text, _SECTION)


def _insert(text: str, section: str, name: str) -> str:
    start, end = lines.value_of(text, section, paste_file.KEY)
    place = start + len(text[start:end].rpartition(text[start:end].split()[-1])[0])
    return f'{text[:place]}{name} {text[place:]}'


def _without(text: str, section: str, names: frozenset[str]) -> str:
    start, end = lines.value_of(text, section, paste_file.KEY)
    words = '|'.join(map(re.escape, names))
    return text[:start] + re.sub(rf'(?<!\S)({words})(\s+|\Z)', '', text[start:end]) + text[end:]
