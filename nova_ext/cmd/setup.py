# SPDX-License-Identifier: Apache-2.0
"""``nova-ext-setup``: have Nova's services on this host use nova-ext, or no longer.

It ends with 0 when all is as it was asked for, 1 when it cannot be done, which it says in one
sentence, and 2 when it was called wrongly.
"""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from typing import Optional

from nova_ext.cmd import closed_pipes, enabling, showing
from nova_ext.cmd.edits import files
from nova_ext.cmd.services import host, reading
from nova_ext.cmd.services.command import COMPUTE
from nova_ext.cmd.services.tree import Tree, remedy


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run the command."""
    options = _parser().parse_args(argv)
    return closed_pipes.run(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    tree = Tree(options.root)
    explicit = [('file', os.path.abspath(name)) for name in options.config_file]
    found = host.find(tree, explicit)
    try:
        if options.action == 'show':
            print('\n'.join(showing.lines(found)))
        else:
            _change(found, options, bool(explicit))
    except (enabling.Refused, reading.Unreadable) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(_sentence(error))
    return 0


def _change(found: host.Host, options: argparse.Namespace, explicit: bool) -> None:
    enable = options.action == 'enable'
    name = enabling.PARTS[options.part]
    plan = enabling.compute if name == COMPUTE else enabling.api
    changes: dict[str, files.Change] = {}
    after = []
    for service in enabling.services(found, name, explicit):
        for change in plan(found, service, enable, explicit):
            changes[change.name] = change
            after.append(service)
    for change in changes.values():
        print(change.diff(), end='')
        if not options.dry_run:
            files.write(change, found.tree)
            print(f'{change.name} is changed.')
    if not changes:
        print(f'Nothing to change: nova-ext is {"" if enable else "not "}enabled for {name}.')
    elif options.dry_run:
        print('Nothing was changed.')
    for note in sorted({service.note for service in after if service.note}):
        print(note)
    for restart in sorted({service.restart for service in after}):
        print(f'To apply the change: {restart}')


def _sentence(error: OSError) -> str:
    what = f'{error.filename}: {error.strerror}.' if error.filename else f'{error.strerror}.'
    if error.errno in (errno.EBUSY, errno.EROFS):
        return f'{what} Where it is mounted, change what it is mounted from.'
    return f'{what} {remedy()}.' if isinstance(error, PermissionError) else what


def _fail(sentence: str) -> int:
    print(f'nova-ext-setup: {sentence}', file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog='nova-ext-setup', description=(
        "Have Nova's services on this host use nova-ext, or no longer."))
    # For tests: the directory that is / for the services.
    parser.add_argument('--root', default='/', help=argparse.SUPPRESS)
    actions = parser.add_subparsers(dest='action', required=True)
    for name, text in (('enable', 'change what the service reads so that it uses nova-ext'),
                       ('disable', 'take that back'),
                       ('show', 'tell which services run here, what they read and use')):
        action = actions.add_parser(name, help=text, description=f'{text.capitalize()}.')
        action.add_argument(
            '--config-file', metavar='PATH', action='append', default=[],
            help='what the service reads, instead of what was found; several in their order')
        if name != 'show':
            action.add_argument('part', choices=sorted(enabling.PARTS))
            action.add_argument('--dry-run', action='store_true',
                                help='print the change and do not make it')
    return parser


if __name__ == '__main__':
    sys.exit(main())
