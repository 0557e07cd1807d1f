# SPDX-License-Identifier: Apache-2.0
"""The command line of one of Nova's services: which service it is, and what it is to read."""

from __future__ import annotations

import dataclasses
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Optional

from nova_ext.cmd.services import quoting, uwsgi
from nova_ext.cmd.services.tree import Tree

#: The services that nova-ext has a part in.
COMPUTE, API = 'nova-compute', 'nova-api'

_PROGRAMS = {
    'nova-compute': COMPUTE, 'nova-api': API, 'nova-api-os-compute': API, 'nova-api-wsgi': API}

#: What oslo.config takes the place of the program's name from in Nova's WSGI application.
_WSGI_PROG = 'nova-api-os-compute'

_SHELLS = frozenset({'sh', 'bash', 'dash'})
_WRAPPERS = frozenset({'exec', 'env', 'nice', 'ionice', 'taskset', 'numactl', 'chrt'})


@dataclasses.dataclass(frozen=True)
class Command:
    """How a service is started."""

    #: :data:`COMPUTE` or :data:`API`.
    service: str
    #: Under which name oslo.config looks for files of this program's own.
    prog: str
    #: ``('file', path)`` and ``('dir', path)`` in the order given; without them oslo.config
    #: searches.
    options: tuple[tuple[str, str], ...] = ()
    #: Its environment variables, as far as they are known.
    environ: Mapping[str, str] = dataclasses.field(default_factory=dict)
    #: Nova's WSGI application, in a web server.
    wsgi: bool = False
    #: The environment of Python that it runs in, such as /usr or /opt/nova; empty: not known.
    prefix: str = ''
    #: All arguments of the program.
    arguments: tuple[str, ...] = ()
    #: Nova's own program or script that is run; empty: none that is named by its path.
    program: str = ''

    def is_there(self, tree: Tree) -> bool:
        """Whether what is run is installed, as far as it is known.

        :raises PermissionError: this cannot be known
        """
        return not self.program.startswith('/') or tree.exists(self.program)

    def argument(self, name: str) -> Optional[str]:
        """The value of an argument, given without its dashes; None: it is not there."""
        values = [value for _, value in _options(self.arguments, name)]
        return values[-1] if values else None


def parse(words: Sequence[str], environ: Mapping[str, str], tree: Tree) -> Optional[Command]:
    """Look at a command line; None: it is none of Nova's services that nova-ext has a part in.

    :raises OSError: a file that it names cannot be read
    """
    words = _unwrapped(words)
    if not words:
        return None
    program = os.path.basename(words[0])
    if program.startswith('uwsgi'):
        return _of_uwsgi(words, environ, tree)
    service = _PROGRAMS.get(program)
    if service is None:
        return None
    wsgi = program == 'nova-api-wsgi'
    return Command(service, _WSGI_PROG if wsgi else program, tuple(config_options(words[1:])),
                   environ, wsgi, prefix_of(words[0]), tuple(words[1:]), words[0])


def config_options(words: Sequence[str]) -> list[tuple[str, str]]:
    """The configuration files and directories that arguments name, in their order."""
    return [(name.rpartition('-')[2], value)
            for name, value in _options(words, 'config-file|config-dir')]


def _options(words: Sequence[str], names: str) -> list[tuple[str, str]]:
    """Names and values of some arguments, given as a pattern of their names."""
    found = []
    for position, word in enumerate(words):
        match = re.fullmatch(f'--({names})(?:=(.*))?', word, re.DOTALL)
        if match and match[2] is not None:
            found.append((match[1], match[2]))
        elif match and position + 1 < len(words):
            found.append((match[1], words[position + 1]))
    return found


def prefix_of(program: str) -> str:
    """The environment of Python that a program with an absolute path belongs to."""
    folder = os.path.dirname(program)
    return os.path.dirname(folder) if os.path.basename(folder) in ('bin', 'sbin') else ''


def is_this_environment(prefix: str) -> bool:
    """Whether an environment of Python is that of this process, as far as it is known."""
    its, own = _programs(prefix), _programs(sys.prefix)
    return not prefix or its == own or (os.path.exists(its) and os.path.samefile(its, own))


def _programs(prefix: str) -> str:
    return '/usr/bin' if prefix in ('/', '/usr/local') else f'{prefix}/bin'


def _unwrapped(words: Sequence[str]) -> Sequence[str]:
    """Without what only starts the program: an interpreter, a shell, ``exec``."""
    while words:
        program = os.path.basename(words[0])
        if program in _SHELLS and len(words) > 2 and words[1] == '-c':
            words = quoting.split(words[2])
        elif program in _WRAPPERS or re.fullmatch(r'python[0-9.]*', program):
            words = words[1:]
            while words and (words[0].startswith('-') or '=' in words[0]):
                words = words[1:]
        else:
            break
    return words


def _of_uwsgi(
        words: Sequence[str], environ: Mapping[str, str], tree: Tree) -> Optional[Command]:
    settings = uwsgi.settings(words[1:], tree)
    if not any(_is_compute_api(value) for name in uwsgi.APPLICATIONS
               for value in settings.get(name, ())):
        return None
    scripts = [value for value in settings.get('wsgi-file', ()) if value.startswith('/')]
    prefixes = [*settings.get('virtualenv', ()), *map(prefix_of, scripts)]
    arguments = [word for value in settings.get('pyargv', ()) for word in value.split()]
    own = dict(value.split('=', 1) for value in settings.get('env', ()) if '=' in value)
    return Command(API, _WSGI_PROG, tuple(config_options(arguments)), {**environ, **own}, True,
                   prefixes[0] if prefixes else '', program=scripts[0] if scripts else '')


def _is_compute_api(application: str) -> bool:
    """Whether a module or script is Nova's API, and not the one for metadata alone."""
    return bool(re.search(r'nova\.wsgi\.osapi_compute|nova[-_]api(?![-_]metadata)', application))
