# SPDX-License-Identifier: Apache-2.0
"""Brings up a cloud where one is wanted and none is, runs every benchmark, and prints a table."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time

from bench import figures, part
from bench.figures import Figure
from nova_ext.cmd import closed_pipes
from sandbox import settings, state, venvs

STACK = str(settings.CHECKOUT / 'sandbox/stack')

#: Seconds that a part may take.
TIMEOUT = 1800


@dataclasses.dataclass(frozen=True)
class Part:
    """A module that reports figures."""

    module: str
    summary: str
    #: Seconds that it takes.
    usual: int
    #: Only in the host's network, with this machine's processes and files.
    only_network: bool = True
    #: Whether it measures in a cloud; what does not has a table of its own.
    in_cloud: bool = True


PARTS = (
    Part('driver', "diagnostics on the guests' host, by number of disks", 40, only_network=False),
    Part('host', "diagnostics of 200 guests at once, on their host", 120, only_network=False),
    Part('api', 'diagnostics through the API', 40),
    Part('unversioned', 'requests without a nova-ext version', 120),
    Part('lists', 'lists of hypervisors and servers, of which stock takes minutes', 900),
    Part('migration', 'live migration', 90),
    Part('exporter', 'nova-ext-exporter, with 1,000 simulated hosts of 20 servers', 300,
         in_cloud=False),
)


def main(arguments: list[str]) -> int:
    """Run the parts of those names, or all.

    :returns: 0, 1 when a part has failed, or 2 when there is no part of that name
    """
    parts = [known for known in PARTS if known.module in arguments or not arguments]
    if len(parts) < len(arguments):
        print(f'The parts are {", ".join(known.module for known in PARTS)}.', file=sys.stderr)
        return 2
    if any(chosen.in_cloud for chosen in parts) and state.load() is None:
        _say('A cloud is brought up first, which takes two minutes.')
        subprocess.run([STACK, 'up', '--hosts', '3', '--stock-host', '3', '--stock-api'],
                       check=True, cwd=settings.CHECKOUT, timeout=TIMEOUT)
    found: list[Figure] = []
    failed: list[str] = []
    for number, chosen in enumerate(parts, 1):
        _say(f'[{number}/{len(parts)}] {chosen.summary}: about {chosen.usual} s')
        began = time.monotonic()
        try:
            found += _measure(chosen)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            # What was measured is not lost.
            _say(f'  failed: {error}')
            failed.append(chosen.module)
            found += figures.read(_text(error.stdout))
        _say(f'  done in {time.monotonic() - began:.0f} s')
    if found:
        print(figures.table(found))
        missed = figures.missed(found)
        print(f'\nMissed: {"; ".join(missed)}.' if missed else '\nEverything is as wanted.')
    return 1 if failed else 0


def _measure(measured: Part) -> list[Figure]:
    command = [str(venvs.test_venv() / 'bin/python'), '-W', 'ignore', '-m', 'bench.part',
               measured.module]
    if measured.in_cloud:
        command = [STACK, 'exec', *(['--net'] if measured.only_network else []), *command]
    printed = part.run(command, TIMEOUT)
    if measured.in_cloud:
        return figures.read(printed)
    print(printed, end='')
    return []


def _text(printed: str | bytes | None) -> str:
    """What a part has printed before it failed, in whole lines."""
    text = printed.decode() if isinstance(printed, bytes) else printed or ''
    return text[:text.rfind('\n') + 1]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == '__main__':
    sys.exit(closed_pipes.run(lambda: main(sys.argv[1:])))
