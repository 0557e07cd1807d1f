# SPDX-License-Identifier: Apache-2.0
"""Nova's API inside Apache's httpd."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nova_ext.cmd.services import command, units
from nova_ext.cmd.services.tree import Tree

#: The directories of what is served, as distributions have them, with the name of the unit.
_DIRECTORIES = (('/etc/apache2/sites-enabled', 'apache2'),
                ('/etc/apache2/conf-enabled', 'apache2'), ('/etc/httpd/conf.d', 'httpd'))

_ALIAS = re.compile(r'^\s*WSGIScriptAlias\s+\S+\s+"?(\S*nova\S*api[^\s"]*)', re.MULTILINE)


def find(tree: Tree) -> Iterator[units.Unit]:
    """Apache's units, if its configuration serves Nova's API.

    :raises PermissionError: it cannot be read
    """
    for directory, unit in _DIRECTORIES:
        for file in tree.matches(directory, '*.conf'):
            match = _ALIAS.search(_text(tree, file))
            if match and 'metadata' not in match[1]:
                yield units.Unit(unit, file, command.Command(
                    command.API, 'nova-api-os-compute', wsgi=True,
                    prefix=command.prefix_of(match[1])), '')
                break


def _text(tree: Tree, file: str) -> str:
    """What is in a file; empty: a link that leads nowhere.

    :raises PermissionError: it cannot be read
    """
    try:
        return tree.read(file)
    except PermissionError:
        raise
    except OSError:
        return ''
