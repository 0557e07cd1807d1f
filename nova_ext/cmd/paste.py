# SPDX-License-Identifier: Apache-2.0
"""Whether nova-ext's filter is where it has to be in Nova's paste file."""

from __future__ import annotations

import configparser
from collections.abc import Iterator

from nova_ext import findings

_USE = 'egg:nova-ext#nova_ext'
_FACTORY = 'nova_ext.api.filter:filter_factory'

#: By which Nova's composites are known, whatever they are called.
_PIPELINE = 'nova.api.auth:pipeline_factory'

#: The one of their pipelines that real clouds use.
_KEY = 'keystone'


def check(path: str, text: str) -> Iterator[findings.Finding]:
    """Look at a paste file.

    :param path: its name, for the operator
    :param text: what is in it
    """
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        yield findings.error(f'{path} cannot be read: {" ".join(str(error).split())}.')
        return
    filters = {section.partition(':')[2] for section in parser.sections()
               if section.startswith('filter:') and _is_ours(parser[section])}
    if not filters:
        yield findings.error(
            f'{path} has no filter of nova-ext: its versions are not answered. Add a section '
            f'[filter:nova_ext] with "use = {_USE}", and nova_ext to the pipelines.')
        return
    pipelines = {section: parser[section].get(_KEY, '').split()
                 for section in parser.sections()
                 if _PIPELINE in parser[section].get('use', '')}
    if not pipelines:
        yield findings.warning(
            f'{path} has none of Nova\'s composites ({_PIPELINE}...), so where the filter is was '
            'not looked at.')
    for section, words in pipelines.items():
        yield _place(f'{path}, [{section}], {_KEY}', words, filters)


def _place(where: str, words: list[str], filters: set[str]) -> findings.Finding:
    """Whether the filter is last before the application."""
    if len(words) > 1 and words[-2] in filters:
        return findings.well(f'{where}: nova-ext is in its place.')
    if filters.isdisjoint(words):
        return findings.error(
            f'{where}: nova-ext is missing. Put {min(filters)} last before the application'
            f'{f", {words[-1]}" if words else ""}.')
    return findings.error(
        f'{where}: nova-ext is not last before the application, {words[-1]}, so that others see '
        'requests after it. Move it there.')


def _is_ours(section: configparser.SectionProxy) -> bool:
    return (section.get('use', '') == _USE
            or section.get('paste.filter_factory', '') == _FACTORY)
