# SPDX-License-Identifier: Apache-2.0
"""Whether configuration that a page shows is what Nova and nova-ext read."""

from __future__ import annotations

import configparser
import logging
import pathlib
import re
from collections.abc import Iterator
from typing import Any

from oslo_config import cfg

from nova_ext.cmd import paste_file

_PASTE_SECTION = re.compile(r'(filter|composite|pipeline|app):\w+')


def problems(text: str, conf: cfg.ConfigOpts, folder: pathlib.Path) -> list[str]:
    """What is wrong with a block of the language ``ini``.

    :param text: of nova.conf, or of api-paste.ini with all that ``nova-ext-status`` looks at
    :param conf: Nova's configuration with the group ``nova_ext``, which is changed
    :param folder: an empty one
    """
    parser = configparser.RawConfigParser(default_section='none', interpolation=None)
    parser.read_string(text)
    if any(_PASTE_SECTION.fullmatch(section) for section in parser.sections()):
        return [finding.text for finding in paste_file.check('api-paste.ini', text)
                if finding.level > logging.INFO]
    file = folder / 'nova.conf'
    file.write_text(text)
    conf([], project='nova', default_config_files=[str(file)], default_config_dirs=[])
    return [*_problems(parser, conf)] or ([] if parser.sections() else ['it is empty'])


def _problems(parser: configparser.RawConfigParser, conf: cfg.ConfigOpts) -> Iterator[str]:
    for section in parser.sections():
        for option in parser[section]:
            found = _value(conf, section, option)
            if isinstance(found, Exception):
                yield f'[{section}] {option}: {type(found).__name__}: {found}'


def _value(conf: cfg.ConfigOpts, section: str, option: str) -> Any:
    """The value that Nova would read, or what is wrong with it."""
    try:
        return conf[option] if section == 'DEFAULT' else conf[section][option]
    except (cfg.NoSuchOptError, cfg.NoSuchGroupError, cfg.ConfigFileValueError, ValueError,
            KeyError) as error:
        return error
