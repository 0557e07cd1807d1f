# SPDX-License-Identifier: Apache-2.0
"""The console log of one server by offset."""

from __future__ import annotations

from typing import Any

from tempest.lib import decorators, exceptions

from nova_ext.tempest_plugin.tests import consoles


class ConsoleLogTest(consoles.ConsolesTest):
    """What is read by offset is what the guest printed, once."""

    credentials = ('admin', 'project_member', 'project_alt_member')

    features = ('console', 'compute_driver')

    operation = '/servers/{}/console-log'

    min_version = '1.2'

    @classmethod
    def resource_setup(cls) -> None:
        """Boot a server."""
        super().resource_setup()
        cls.server_id = cls.create_server()

    def read(self, manager: Any = None, **query: Any) -> Any:
        """A part of the log."""
        client = (manager or self.os_project_member).nova_ext_v1.ConsoleLogClient(
            nova_ext=self.highest)
        return client.show_console_log(self.server_id, **query)

    def read_all(self, start: int, limit: int) -> str:
        """What was printed from an offset on."""
        text = ''
        while True:
            part = self.read(start=start, limit=limit)
            if not part['text']:
                return text
            text += part['text']
            start = part['next']

    @decorators.idempotent_id('b1264487-9a35-4a91-b7c6-a23933376c02')
    def test_parts_make_the_whole(self) -> None:
        """However the log is cut, the parts make the same text, over a hard reboot, too."""
        self.wait_for_log(self.server_id)
        part = self.read(limit=1)
        start, before = part['start'], self.read(start=-1)['next']
        self.reboot(self.server_id)
        self.eventually(lambda: self.read(start=before)['text'], 'the guest prints more')
        end = self.read(start=-1)['next']
        whole = self.read_all(start, 50_000)
        cut = self.read_all(start, 999)
        length = min(len(whole), len(cut))
        self.assertGreaterEqual(len(whole.encode()), end - start)
        self.assertEqual(whole[:length], cut[:length])

    @decorators.idempotent_id('84216560-cf91-4c73-9388-794f7df9732e')
    def test_behind_the_end(self) -> None:
        """There is nothing, and the answer says where the end is."""
        self.wait_for_log(self.server_id)
        part = self.read(start=2 ** 53 - 1)
        self.assertEqual(('', part['start']), (part['text'], part['next']))

    @decorators.idempotent_id('5b0f2d6c-8e39-4c1a-a7d4-1f96e2c07b53')
    def test_first_port(self) -> None:
        """It is the one that is read when nobody says which."""
        self.wait_for_log(self.server_id)
        start = self.read(limit=1)['start']
        self.assertEqual(
            self.read(start=start, limit=50)['text'],
            self.read(start=start, limit=50, port=0)['text'])

    @decorators.attr(type='negative')
    @decorators.idempotent_id('796e7994-2753-4a1a-8ab0-6906b31c2b22')
    def test_wrong_parameters(self) -> None:
        """They are refused."""
        for query in (
                {'start': 'x'}, {'limit': 0}, {'limit': 2 ** 21}, {'unknown': 1}, {'port': 4}):
            self.assertRaises(exceptions.BadRequest, self.read, **query)

    @decorators.attr(type='negative')
    @decorators.idempotent_id('f69441a9-bdaa-4141-9a7d-0c915daf4b8f')
    def test_members_of_other_projects(self) -> None:
        """They do not learn of the server."""
        self.assertRaises(
            (exceptions.NotFound, exceptions.Forbidden), self.read, self.os_project_alt_member)
