# SPDX-License-Identifier: Apache-2.0
"""Stands in for DevStack's iniset and inidelete: FILE SECTION OPTION [VALUE]."""

from __future__ import annotations

import configparser
import pathlib
import sys


def read(file: pathlib.Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    parser.read(file)
    return parser


def change(name: str, section: str, option: str, value: str | None = None) -> None:
    """Set or delete an option, as DevStack's iniset and inidelete do."""
    file = pathlib.Path(name)
    parser = read(file)
    if section != 'DEFAULT' and not parser.has_section(section):
        parser.add_section(section)
    if value is None:
        parser.remove_option(section, option)
    else:
        parser.set(section, option, value)
    with file.open('w') as target:
        parser.write(target)


if __name__ == '__main__':
    change(*sys.argv[1:])
