# SPDX-License-Identifier: Apache-2.0
"""The code blocks of a page, and the commands in them."""

from __future__ import annotations

import dataclasses
import pathlib
import re
from collections.abc import Iterator

from sandbox import settings

SOURCES = settings.CHECKOUT / 'doc/source'
README = settings.CHECKOUT / 'README.rst'
CONTRIBUTING = settings.CHECKOUT / 'CONTRIBUTING.rst'

CLIENT, CHECKOUT, NOWHERE = 'client', 'checkout', 'nowhere'

_BLOCK = re.compile(r'( *)\.\. code-block:: +([\w-]+)')
_MARKER = re.compile(r' *\.\. runs on: +(.*)')
_PROMPT = re.compile(r'[$#] ')
_WORDS = re.compile(
    r'(?P<place>[^,]+?)'
    r'(?:, because (?P<reason>.+)|, ends with (?P<status>\d+)|, for (?P<seconds>\d+) s|'
    r'(?P<figures>, figures vary))?')


class BadPage(ValueError):
    """A page that cannot be tried, in words for its writer."""


@dataclasses.dataclass(frozen=True)
class Marker:
    """Where a block runs, and how it ends."""

    place: str
    #: Why it runs nowhere.
    reason: str = ''
    #: The exit status of each of its commands.
    status: int = 0
    #: Seconds after which each of its commands is interrupted.
    seconds: int | None = None
    #: Whether the figures in the output are others each time.
    figures_vary: bool = False


@dataclasses.dataclass(frozen=True)
class Command:
    """One command as it stands in a page."""

    #: Of its first line, from 1.
    line: int
    text: str
    #: What it prints, as the page says; empty: it does not.
    output: str
    marker: Marker


@dataclasses.dataclass(frozen=True)
class Block:
    """One code block."""

    page: pathlib.Path
    #: Of its first line of text, from 1.
    line: int
    language: str
    lines: tuple[str, ...]
    marker: Marker | None

    @property
    def text(self) -> str:
        """All of it."""
        return '\n'.join(self.lines) + '\n'


def pages() -> list[pathlib.Path]:
    """Every page of the documentation."""
    return [README, CONTRIBUTING, *sorted(SOURCES.rglob('*.rst'))]


def name(page: pathlib.Path) -> str:
    """What a page is called in reports."""
    return str(page.relative_to(settings.CHECKOUT))


def find(page: pathlib.Path, text: str) -> list[Block]:
    """The code blocks of a page.

    :param text: what is in it
    :raises BadPage: a marker cannot be read
    """
    lines = text.splitlines()
    found = []
    for number, line in enumerate(lines):
        header = _BLOCK.fullmatch(line)
        if header:
            first, body = _body(lines, number + 1, len(header[1]))
            found.append(Block(
                page=page, line=first + 1, language=header[2], lines=tuple(body),
                marker=_marker(page, lines, number)))
    return found


def commands(block: Block) -> list[Command]:
    """What a block of the language ``console`` has run.

    :raises BadPage: it begins with something else than a command
    """
    marker = block.marker or Marker(_default(block.page))
    return [Command(block.line + number, text, output, marker)
            for number, text, output in _typed(block)]


def stray_prompts(text: str) -> list[str]:
    """Lines that look like commands and stand in no block that would be tried."""
    prompts = {'$': set[int](), '#': set[int]()}  # lines where each means something
    for block in find(README, text):
        lines = range(block.line, block.line + len(block.lines))
        prompts['#'].update(lines)  # elsewhere a comment
        if block.language == 'console':
            prompts['$'].update(lines)
    return [line for number, line in enumerate(text.splitlines(), 1)
            if re.match(r' +[$#] \w', line) and number not in prompts[line.lstrip()[0]]]


def _body(lines: list[str], number: int, indent: int) -> tuple[int, list[str]]:
    """Where the text of a block begins, and the text without its indentation."""
    end = number
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > indent):
        end += 1
    while number < end and (not lines[number].strip() or re.match(r' +:\w', lines[number])):
        number += 1
    body = lines[number:end]
    while body and not body[-1].strip():
        body.pop()
    margin = min((_indent(line) for line in body if line.strip()), default=0)
    return number, [line[margin:] for line in body]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _marker(page: pathlib.Path, lines: list[str], number: int) -> Marker | None:
    """What the comment before a block says."""
    above = number - 1
    while above >= 0 and not lines[above].strip():
        above -= 1
    words: list[str] = []
    while above >= 0 and lines[above].strip():
        words.insert(0, lines[above].strip())
        above -= 1
    comment = _MARKER.fullmatch(' '.join(words))
    if comment is None:
        return None
    found = _WORDS.fullmatch(comment[1])
    if found is None or (found['place'] == NOWHERE) != bool(found['reason']):
        raise BadPage(f'{name(page)}:{number + 1}: cannot read "{comment[0].strip()}"')
    return Marker(
        found['place'], found['reason'] or '', int(found['status'] or 0),
        int(found['seconds']) if found['seconds'] else None, bool(found['figures']))


def _default(page: pathlib.Path) -> str:
    """Where a page's commands run when it does not say."""
    contributors = page == CONTRIBUTING or page.parent.name == 'contributor'
    return CHECKOUT if contributors else CLIENT


def _typed(block: Block) -> Iterator[tuple[int, str, str]]:
    """Line, text and output of each command that is typed at a prompt."""
    number = 0
    while number < len(block.lines):
        first, line = number, block.lines[number]
        if not _PROMPT.match(line):
            raise BadPage(f'{name(block.page)}:{block.line + number}: no prompt: {line}')
        text = line[2:]
        number += 1
        while number < len(block.lines) and re.match(r'>( |$)', block.lines[number]):
            text += '\n' + block.lines[number][2:]
            number += 1
        output = []
        while number < len(block.lines) and not _PROMPT.match(block.lines[number]):
            output.append(block.lines[number])
            number += 1
        yield first, text, '\n'.join(output)
