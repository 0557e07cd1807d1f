# SPDX-License-Identifier: Apache-2.0
"""Whether nova-ext's filter is where it has to be in Nova's paste file."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator
from typing import NamedTuple

from nova_ext import findings

#: The name of the filter's section, where nobody has chosen another.
NAME = 'nova_ext'
USE = 'egg:nova-ext#nova_ext'

_FACTORY = 'nova_ext.api.filter:filter_factory'

#: By which Nova's composites are known, whatever they are called.
PIPELINE = 'nova.api.auth:pipeline_factory'

#: The one of their pipelines that real clouds use.
KEY = 'keystone'


class Unreadable(Exception):
    """The text is no paste file; the error's text is the end of a sentence about it."""


class Paste(NamedTuple):
    """What a paste file has for the compute API."""

    #: The names of filters that are nova-ext's.
    filters: frozenset[str]
    #: By section, the words of each composite's pipeline for requests with a token.
    pipelines: dict[str, list[str]]
    #: The sections that name one of the filters.
    users: list[str]


def parse(text: str) -> Paste:
    """Look for nova-ext's filter and Nova's composites.

    :raises Unreadable: the text is no paste file
    """
    parser = configparser.RawConfigParser()  # as strict as PasteDeploy's
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise Unreadable(f'cannot be read: {" ".join(str(error).split())}') from error
    filters = frozenset(section.partition(':')[2] for section in parser.sections()
                        if section.startswith('filter:') and _is_ours(parser[section]))
    return Paste(
        filters,
        {section: parser[section].get(KEY, '').split() for section in parser.sections()
         if PIPELINE in parser[section].get('use', '')},
        [section for section in parser.sections()
         if any(not filters.isdisjoint(value.split()) for value in parser[section].values())])


def is_in_place(words: list[str], names: frozenset[str]) -> bool:
    """Whether a pipeline has the filter once, last before the application.

    :param names: under which it is known
    """
    return len(words) > 1 and [word for word in words if word in names] == words[-2:-1]


def check(path: str, text: str) -> Iterator[findings.Finding]:
    """Look at a paste file.

    :param path: its name, for the operator
    :param text: what is in it
    """
    try:
        found = parse(text)
    except Unreadable as error:
        yield findings.error(f'{path} {error}.')
        return
    if not found.filters:
        yield findings.error(
            f'{path} has no nova-ext filter, so Nova answers requests for nova-ext versions. Add '
            f'a section [filter:{NAME}] with "use = {USE}", and {NAME} to the pipelines.')
        return
    if not found.pipelines:
        yield findings.warning(
            f'{path} has none of Nova\'s composites ({PIPELINE}...), so where the filter is was '
            'not looked at.')
    for section, words in found.pipelines.items():
        yield _place(f'{path}, [{section}], {KEY}', words, found.filters)


def _place(where: str, words: list[str], filters: frozenset[str]) -> findings.Finding:
    """Whether the filter is last before the application."""
    if is_in_place(words, filters):
        return findings.ok(f'{where}: nova-ext is in its place.')
    if filters.isdisjoint(words):
        return findings.error(
            f'{where}: nova-ext is missing. Put {min(filters)} last before the application'
            f'{f", {words[-1]}" if words else ""}.')
    if len(words) > 1 and words[-2] in filters:
        return findings.error(
            f'{where}: nova-ext is there more than once. Remove all but the last.')
    return findings.error(
        f'{where}: nova-ext is not last before the application, {words[-1]}, so that others see '
        'requests after it. Move it there.')


def _is_ours(section: configparser.SectionProxy) -> bool:
    use = re.sub(r'^egg:nova[-_]ext#', 'egg:nova-ext#', section.get('use', ''))
    return use == USE or _FACTORY in (section.get('paste.filter_factory', ''),
                                      use.partition('call:')[2])
