# SPDX-License-Identifier: Apache-2.0
"""Splits what was installed of nova-ext among its Debian packages; called by ``debian/rules``.

    python3 -m tools.deb.split debian/tmp debian

nova-ext is one distribution to Python, whose entry points tell Nova, OpenStackClient and Tempest
alike what there is. Debian packages of it are four, each with a distribution of its own: an entry
point whose module is in a package that is not installed would be found, and fail, at each
``openstack``. A host may have any of them; only that of the exporter needs others, the first two.

Only ``python3-nova-ext`` has ``nova_ext/__init__.py``, which is empty. Without it, nova_ext is a
namespace to Python, with what is there of it.
"""

from __future__ import annotations

import configparser
import dataclasses
import email
import email.message
import pathlib
import re
import shutil
import sys
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class Part:
    """What goes into one Debian package."""

    #: Of the distribution; with ``python3-`` before it, of the Debian package.
    name: str
    #: The Python package it consists of; empty: all that is in no other part.
    package: str
    #: The extra whose requirements are its own; empty: those without any.
    extra: str
    #: Files beside its modules, below ``usr``.
    files: tuple[str, ...] = ()

    @property
    def folder(self) -> pathlib.PurePath:
        """Where the package is, relative to where Python looks for it."""
        return pathlib.PurePath(*self.package.split('.'))


PARTS = (
    Part('nova-ext-cli', 'nova_ext.cli', 'cli'),
    Part('nova-ext-exporter', 'nova_ext.exporter', 'exporter', ('bin/nova-ext-exporter',)),
    Part('nova-ext-tempest', 'nova_ext.tempest_plugin', 'tempest'),
    Part('nova-ext', '', ''),
)

#: What is of no use in the metadata of a part: pbr's commit, which an exported tree does not have
#: either, and the names of folders that the parts share.
_LEFT_OUT = ('pbr.json', 'top_level.txt')

#: A requirement, and the extra that it is of, in the words of a wheel's metadata.
_REQUIREMENT = re.compile(r'''(?P<what>[^;]+?)\s*(?:;\s*extra\s*==\s*["'](?P<extra>.+)["'])?''')


def split(installed: pathlib.Path, target: pathlib.Path) -> None:
    """Move the files of each part below the folder of its Debian package.

    :param installed: the root of the installed files of the whole; nothing is left in it
    :param target: the folder of the Debian packages' folders
    :raises ValueError: there is not exactly one distribution, or it is not as expected
    """
    found = list(installed.glob('usr/lib/python3*/dist-packages/nova_ext-*.dist-info'))
    if len(found) != 1:
        raise ValueError(f'one distribution was to be in {installed}, not {found}')
    [whole] = found
    site = whole.parent
    metadata = email.message_from_bytes((whole / 'METADATA').read_bytes())
    points = _read_entry_points(whole)
    record = (whole / 'RECORD').read_text().splitlines(keepends=True)
    for part in PARTS:
        root = target / f'python3-{part.name}'
        new_site = root / site.relative_to(installed)
        if part.package:
            _move(site / part.folder, new_site / part.folder)
            for name in part.files:
                _move(installed / 'usr' / name, root / 'usr' / name)
        version = whole.name.removeprefix('nova_ext-')
        folder = new_site / f'{part.name.replace("-", "_")}-{version}'
        if part.package:
            shutil.copytree(whole, folder)
        else:
            _move(installed / 'usr', root / 'usr')
        for name in _LEFT_OUT:
            (folder / name).unlink(missing_ok=True)
        _write_metadata(folder, metadata, part)
        _write_entry_points(folder, points, part)
        _write_record(folder, record, part)


def _move(source: pathlib.Path, target: pathlib.Path) -> None:
    """Move a folder or a file to where none is yet."""
    if target.exists():
        raise ValueError(f'{target} is there already')
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)


def _write_metadata(folder: pathlib.Path, whole: email.message.Message, part: Part) -> None:
    """Write the metadata of the whole with the part's name and requirements."""
    own = email.message_from_string(whole.as_string())
    own.replace_header('Name', part.name)
    del own['Provides-Extra'], own['Requires-Dist']
    for line in whole.get_all('Requires-Dist', []):
        requirement = _REQUIREMENT.fullmatch(line)
        if requirement is None:
            raise ValueError(f'what does {line} require, and when?')
        if (requirement['extra'] or '') == part.extra:
            own['Requires-Dist'] = requirement['what']
    (folder / 'METADATA').write_text(own.as_string())


def _read_entry_points(folder: pathlib.Path) -> configparser.ConfigParser:
    points = _parser()
    points.read_string((folder / 'entry_points.txt').read_text())
    return points


def _write_entry_points(
        folder: pathlib.Path, whole: configparser.ConfigParser, part: Part) -> None:
    """Write those entry points that lead into the part."""
    own = _parser()
    for group in whole.sections():
        chosen = {name: value for name, value in whole[group].items()
                  if _part(value.partition(':')[0].strip()) is part}
        if chosen:
            own[group] = chosen
    with (folder / 'entry_points.txt').open('w') as file:
        own.write(file)


def _write_record(folder: pathlib.Path, whole: Sequence[str], part: Part) -> None:
    """Write which files are the part's; those of the metadata may be others now than they were."""
    own = [line for line in whole if _part(line.partition(',')[0].replace('/', '.')) is part
           and '.dist-info/' not in line]
    own += [f'{folder.name}/{file.name},,\n' for file in sorted(folder.iterdir())]
    (folder / 'RECORD').write_text(''.join(own))


def _part(name: str) -> Part:
    """The part that a module, or a file with dots for slashes, is in."""
    return next(part for part in PARTS
                if not part.package or f'{name}.'.startswith(f'{part.package}.'))


def _parser() -> configparser.ConfigParser:
    """Of entry points, whose names are case sensitive and may have colons."""
    parser = configparser.ConfigParser(delimiters='=', interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    return parser


if __name__ == '__main__':
    split(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
