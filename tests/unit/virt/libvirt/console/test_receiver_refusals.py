# SPDX-License-Identifier: Apache-2.0
"""Pieces of histories that a host does not take."""

from __future__ import annotations

import uuid
from typing import Any

import ddt

from nova_ext.compute import console_history
from nova_ext.virt.libvirt.console import receiver
from tests.fixtures import clock
from tests.unit import support
from tests.unit.virt.libvirt.console import moving
from tests.unit.virt.libvirt.console import virtlogd_files as files


class RefusalTestCase(moving.ReceiverTestCase):
    def refusal(self, **values: Any) -> str:
        """Assert that a piece is refused, and return why.

        :param values: of the piece that differ from those of a good one
        """
        server = values.pop('instance_uuid', self.server.uuid)
        with self.assert_raises(ValueError) as caught:
            self.receiver.add(support.admin(), server, console_history.Piece(**{
                'transfer': str(uuid.uuid4()), 'number': 0, 'total': 1, 'data': b'piece',
                **values}))
        self.assertEqual(b'', files.read(self.log))
        self.assertEqual({}, self.receiver._coming)
        return str(caught.exception)


@ddt.ddt
class TestServer(RefusalTestCase):
    def test_server_that_nova_does_not_know_is_refused(self) -> None:
        unknown = str(uuid.uuid4())
        self.assertIn(f'there is no server {unknown}', self.refusal(instance_uuid=unknown))
        with self.assert_raises(ValueError, 'there is no server'):
            self.receiver.get_log_path(support.admin(), unknown)

    @ddt.data(
        None, ('elsewhere', 'running'),
        *(('here', status) for status in (
            'completed', 'done', 'error', 'failed', 'cancelled', 'confirmed', 'reverted')))
    def test_server_that_is_not_on_its_way_here_is_refused(
            self, migration: tuple[str, str] | None) -> None:
        self.server = self.make_server(host='there')
        if migration:
            dest, status = migration
            self.make_migration(
                self.server, source_compute='there', dest_compute=dest, status=status)
        self.assertIn('is neither on here nor on its way to it', self.refusal())
        with self.assert_raises(ValueError, 'neither'):
            self.receiver.get_log_path(support.admin(), self.server.uuid)

    @ddt.data('x', '', '../../etc/passwd', '123', '0' * 31)
    def test_malformed_uuid_is_refused(self, identifier: str) -> None:
        self.assertIn('badly formed', self.refusal(instance_uuid=identifier))


@ddt.ddt
class TestPiece(RefusalTestCase):
    @ddt.data((0, 33), (32, 33), (2, 2), (1, 1), (-1, 1), (0, 0), (0, -1), (10**9, 10**9 + 1))
    @ddt.unpack
    def test_piece_beyond_the_limit_is_refused(self, number: int, total: int) -> None:
        self.assertEqual(
            f'piece {number} of {total}; this host takes at most 32',
            self.refusal(number=number, total=total))

    def test_any_piece_is_refused_when_history_is_disabled(self) -> None:
        self.conf.set_override('console_history_bytes', 0, 'nova_ext')
        self.assertIn('this host takes at most 0', self.refusal())


class TestConcurrentTransfers(moving.ReceiverTestCase):
    """A host takes sixteen histories at the same time."""

    def setUp(self) -> None:
        super().setUp()
        self.clock = self.useFixture(clock.Clock(receiver))

    def test_one_transfer_too_many_is_refused_and_the_others_go_on(self) -> None:
        transfers = [self.transfer(b'a', b'b') for _ in range(17)]
        for transfer in transfers[:16]:
            self.assertEqual([False], transfer.send(0))
        with self.assert_raises(ValueError, '16 other histories are on their way'):
            transfers[16].send(0)
        self.assertEqual([True], transfers[0].send(1))
        self.assertEqual([False, True], transfers[16].send())

    def test_transfer_that_is_not_completed_in_time_is_forgotten(self) -> None:
        transfers = [self.transfer(b'a', b'b') for _ in range(16)]
        for transfer in transfers:
            transfer.send(0)
        self.clock.now += 59
        with self.assert_raises(ValueError):
            self.transfer(b'a').send()
        self.clock.now += 2
        self.assertEqual([True], self.transfer(b'whole').send())
        self.assertEqual([False], transfers[0].send(1))
        self.assertEqual(b'whole', files.read(self.log))
        self.assertEqual(1, len(self.receiver._coming))
