# SPDX-License-Identifier: Apache-2.0
"""What the configuration of a service says, as oslo.config reads it, and where."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from typing import NamedTuple, Optional

from oslo_config import cfg

from nova_ext.cmd.services.host import Service
from nova_ext.cmd.services.tree import Tree


class Value(NamedTuple):
    """The value of an option."""

    #: As it is written, without quotes.
    text: str
    #: The file that it comes from; empty: :attr:`variable`.
    file: str
    #: The variable of the environment that it comes from; it overrides all files.
    variable: str = ''


class Unreadable(Exception):
    """A configuration file is wrong; its text says which and why, for the operator."""


def value(service: Service, option: str, tree: Tree, group: str = 'DEFAULT') -> Optional[Value]:
    """What a service's configuration says of an option; None: nothing.

    :raises Unreadable: a file cannot be parsed
    :raises OSError: a file cannot be read
    """
    _check_known(service)
    variable = f'OS_{group}__{option}'.upper()
    if variable in service.command.environ:
        return Value(service.command.environ[variable], '', variable)
    found = None
    for name in service.files.names:
        text = in_file(name, option, tree, group)
        if text is not None:
            found = Value(text, name)
    return found


def values(service: Service, option: str, tree: Tree, group: str) -> list[str]:
    """All values of an option that may be set several times, in their order.

    :raises Unreadable: a file cannot be parsed
    :raises OSError: a file cannot be read
    """
    _check_known(service)
    return [text for name in service.files.names for text in _in_file(name, option, tree, group)]


def in_file(name: str, option: str, tree: Tree, group: str = 'DEFAULT') -> Optional[str]:
    """What one file says of an option; None: nothing.

    :raises Unreadable: it cannot be parsed
    :raises OSError: it cannot be read
    """
    found = _in_file(name, option, tree, group)
    return found[-1].strip() if found else None


def _check_known(service: Service) -> None:
    if service.denied:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), service.denied)


def _in_file(name: str, option: str, tree: Tree, group: str) -> list[str]:
    sections: dict[str, dict[str, list[str]]] = {}
    tree.read(name)  # for an error that names the file as the service knows it
    try:
        cfg.ConfigParser(tree.path(name), sections).parse()
    except cfg.ParseError as error:  # whose own text has the line, which may be a secret
        raise Unreadable(f'{name} cannot be read: line {error.lineno}, {error.msg}') from error
    except UnicodeDecodeError as error:
        raise Unreadable(f'{name} cannot be read: it is no text in UTF-8') from error
    # As oslo.config, for which only the names of groups may be written in capitals, too.
    return [text for name, options in sections.items()
            if group == (name if name == 'DEFAULT' else name.lower())
            for text in options.get(option, [])]


def paste_file(service: Service, tree: Tree) -> Optional[str]:
    """The paste file of the API service; None: there is none.

    :raises Unreadable: a configuration file cannot be parsed
    :raises OSError: a configuration file cannot be read
    """
    _check_known(service)
    name = service.files.paste
    if not name:
        configured = (value(service, 'api_paste_config', tree, 'wsgi')
                      or value(service, 'api_paste_config', tree))
        name = configured.text if configured else 'api-paste.ini'
    for directory in ('', *service.files.directories):
        path = os.path.join(directory, name)
        if path.startswith('/') and tree.exists(path):
            return path
    return None


@contextlib.contextmanager
def loaded(conf: cfg.ConfigOpts, service: Service, tree: Tree) -> Iterator[None]:
    """Have Nova's configuration be what a service reads, for a while.

    :raises Unreadable: a file cannot be parsed
    :raises OSError: a file cannot be read
    """
    driver = value(service, 'compute_driver', tree)  # raises what oslo.config would not tell apart
    conf([f'--config-file={tree.path(name)}' for name in service.files.names], project='nova',
         default_config_files=[], default_config_dirs=[], use_env=False)
    if driver is not None and driver.variable:
        conf.set_override('compute_driver', driver.text)
    try:
        yield
    finally:
        conf.clear_override('compute_driver')
        conf.reset()
