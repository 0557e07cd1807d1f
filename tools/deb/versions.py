# SPDX-License-Identifier: Apache-2.0
"""Which version the packages have, and the changelog that says so.

``debian/changelog`` begins with the release that comes next, or that this is. A commit between
releases gets a version that comes before it, and that counts commits as pbr does:
``1.0.0~dev255-1`` has what pbr calls 1.0.0.dev255.
"""

from __future__ import annotations

import email
import pathlib
import re
import subprocess

from sandbox.errors import SandboxError

_FIRST_LINE = re.compile(
    r'(?P<source>\S+) \((?P<upstream>[^-]+)-(?P<revision>\S+)\) (?P<suite>\S+);')

#: Who has changed something, and when.
_LAST_LINE = re.compile(r'(?m)^ -- (.+>)  (.+)$')

#: What pbr writes behind a version that is none yet.
_BEFORE_RELEASE = re.compile(r'\.?(a|b|rc|dev)(\d+)')

#: What debchange writes where the suite stands until something is released.
_UNRELEASED = 'UNRELEASED'


def changelog(tree: pathlib.Path) -> str:
    """Return the changelog for what is in a tree, which ``debian/changelog`` is the rest of.

    :raises SandboxError: the changelog is behind the newest tag
    """
    written = (tree / 'debian/changelog').read_text()
    first = _FIRST_LINE.match(written)
    if first is None:
        raise SandboxError('The first line of debian/changelog cannot be read.')
    upstream, when = _from_git(tree, first['upstream']) if (tree / '.git').exists() else (
        _from_archive(tree, first), '')
    if upstream == first['upstream']:
        return written
    maintainer, date = _LAST_LINE.findall(written)[0]
    return (f'{first["source"]} ({upstream}-1) {first["suite"]}; urgency=medium\n\n'
            f'  * A build between releases.\n\n -- {maintainer}  {when or date}\n\n{written}')


def upstream_of(text: str) -> str:
    """Return the version of nova-ext that a changelog begins with."""
    first = _FIRST_LINE.match(text)
    assert first is not None
    return first['upstream']


def date_of(text: str) -> str:
    """Return the date that a changelog's first entry has."""
    return str(_LAST_LINE.findall(text)[0][1])


def _from_git(tree: pathlib.Path, coming: str) -> tuple[str, str]:
    """The version of a commit, and its date in the words of a changelog.

    :param coming: the version that the changelog begins with
    """
    date = _git(tree, 'log', '-1', '--format=%cD')
    tag = _git(tree, 'describe', '--tags', '--long', '--match', '[0-9]*')
    if not tag:
        return f'{coming}~dev{_git(tree, "rev-list", "--count", "HEAD")}', date
    last, count, _ = tag.rsplit('-', 2)
    if int(count) == 0 and last != coming:
        raise SandboxError(f'This is {last}, and debian/changelog is of {coming}.')
    if int(count) and last == coming:
        raise SandboxError(f'{last} has been released: write in debian/changelog what comes next.')
    return coming if int(count) == 0 else f'{coming}~dev{count}', date


def _from_archive(tree: pathlib.Path, first: re.Match[str]) -> str:
    """The version of a tree that git knows nothing of: what pbr wrote into it, if it did."""
    written = tree / 'PKG-INFO'
    if written.exists():
        version = email.message_from_string(written.read_text())['Version']
        return _BEFORE_RELEASE.sub(r'~\1\2', version)
    return f'{first["upstream"]}~dev0' if first['suite'] == _UNRELEASED else first['upstream']


def _git(tree: pathlib.Path, *arguments: str) -> str:
    """What git says of a tree, nothing where it fails."""
    done = subprocess.run(['git', '-C', str(tree), *arguments], capture_output=True, text=True,
                          timeout=60, check=False)
    return done.stdout.strip() if done.returncode == 0 else ''
