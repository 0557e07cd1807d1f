# SPDX-License-Identifier: Apache-2.0
"""Makes the pictures of doc/source/cli: a real guest, a real terminal, its screen as SVG.

To be run from the checkout::

    sandbox/stack up --hosts 1
    sandbox/stack exec --net .sandbox/venvs/test/bin/python -m tools.screenshots
"""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Sequence

from sandbox import settings
from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests.live.openstack_client import OpenStackClient
from tests.live.terminal import Terminal

FOLDER = settings.CHECKOUT / 'doc/source/cli'

#: What the guest does: waves on each vCPU, bursts of echo requests and of writing.
WORK = (
    '(while :; do timeout 7 taskset -c 0 sh -c "while :; do :; done"; sleep 6; done) &',
    '(while :; do timeout 3 taskset -c 1 sh -c "while :; do :; done"; sleep 8; done) &',
    '(while :; do ping -q -i 0.02 -c 200 -s 1200 10.9.255.255; sleep 5; done) >/dev/null 2>&1 &',
    '(while :; do dd if=/dev/zero of=/dev/vda bs=64k count=64 seek=16 oflag=direct conv=notrunc; '
    'sleep 4; done) >/dev/null 2>&1 &',
    '(while :; do dd if=/dev/vda of=/dev/null bs=64k count=32 skip=16 iflag=direct; '
    'sleep 9; done) >/dev/null 2>&1 &',
)

#: Pixels of a character and around the text.
WIDTH, HEIGHT, MARGIN = 8.0, 17.0, 12.0


def main() -> int:
    """Watch a guest that works until its graphs are full, at two sizes of the terminal."""
    api = Api()
    guest = Guest.boot(api, host=1, flavor='duo', name='web1', config_drive=True)
    try:
        [[port]] = guest.show()['addresses'].values()
        guest.ask(f'net {port["addr"]}/16')
        guest.ask('memory 24')
        for work in WORK:
            guest.ask(f'sh {work}')
        for name, columns, lines in (('watch', 80, 20), ('watch-narrow', 44, 12)):
            shown = _watched(guest, columns, lines)
            (FOLDER / f'{name}.svg').write_text(svg(shown, columns), encoding='utf-8')
            print('\n'.join(shown))
    finally:
        guest.delete()
    return 0


def _watched(guest: Guest, columns: int, lines: int) -> list[str]:
    """The screen after as many answers as a graph has room for."""
    openstack = OpenStackClient()
    command = openstack.command(
        'server', 'diagnostics', 'show', guest.id, '--watch', '1')
    with Terminal(command, openstack.environment, columns, lines) as terminal:
        terminal.wait_row('vCPU 0', 60)
        time.sleep(0.45 * columns)
        shown = terminal.lines()
        terminal.type('q')
        terminal.wait_exit()
    return shown


def svg(lines: Sequence[str], columns: int) -> str:
    """A screen as a picture of text. Each line has the width of its columns, whatever the font."""
    width, height = columns * WIDTH + 2 * MARGIN, len(lines) * HEIGHT + 2 * MARGIN
    made = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" font-family="monospace" font-size="13" '
        'fill="#e6e6e6">',
        f'<rect width="{width:g}" height="{height:g}" rx="6" fill="#1d1f21"/>']
    for number, line in enumerate(lines):
        if line:
            made.append(
                f'<text x="{MARGIN:g}" y="{MARGIN + (number + 0.75) * HEIGHT:g}" '
                f'textLength="{len(line) * WIDTH:g}" lengthAdjust="spacingAndGlyphs" '
                f'xml:space="preserve">{html.escape(line)}</text>')
    return '\n'.join([*made, '</svg>', ''])


if __name__ == '__main__':
    sys.exit(main())
