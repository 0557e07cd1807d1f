# SPDX-License-Identifier: Apache-2.0
"""A server's console: its log, and its serial port."""

from __future__ import annotations

from typing import Any

from tempest import config
from tempest.common import compute
from tempest.lib.common import api_microversion_fixture
from tempest.lib.common.utils import data_utils

from nova_ext.tempest_plugin.tests import servers

CONF = config.CONF

#: Characters at the end of a log that are looked for later: Nova returns at most 100 KiB of a
#: log, most of which a booting guest may fill again.
TAIL = 2000


class ConsolesTest(servers.ServersTest):
    """Looks at the console of servers."""

    def log(self, server_id: str) -> str:
        """The newest part of the log."""
        return str(self.servers.get_console_output(server_id)['output'])

    def wait_for_log(self, server_id: str) -> str:
        """The log, once the guest has printed something."""
        self.eventually(lambda: self.log(server_id).strip(), 'the guest prints something')
        return self.log(server_id)

    def wait_for_more(self, server_id: str, before: str) -> str:
        """The log, once the guest has printed more; see that what was there is still there."""
        self.eventually(
            lambda: not self.log(server_id).endswith(before[-TAIL:]), 'the guest prints more')
        now = self.log(server_id)
        self.assertIn(before[-TAIL:], now)
        return now

    def type(self, server_id: str) -> str:
        """Type a line at the serial console until the log shows it; return it.

        A terminal repeats what is typed at it, and most programs tell of what they do not know.
        """
        line = str(data_utils.rand_name('nova-ext', prefix='typed'))

        def shown() -> bool:
            connection = compute.create_websocket(self._serial_console(server_id)['url'])
            try:
                connection.send_frame(f'\r{line}\r'.encode())
                return line in self.log(server_id)
            finally:
                connection.close()

        self.eventually(shown, f'{line!r} is typed at the serial console and shows in the log')
        return line

    def _serial_console(self, server_id: str) -> Any:
        """Where the serial console is; each address is good for one connection."""
        with api_microversion_fixture.APIMicroversionFixture(compute_microversion='2.6'):
            return self.servers.get_remote_console(
                server_id, console_type='serial', protocol='serial')['remote_console']
