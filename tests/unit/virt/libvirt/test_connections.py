# SPDX-License-Identifier: Apache-2.0
"""The domains that a connection to libvirt remembers."""

from __future__ import annotations

import threading
from typing import Any

import fixtures
import libvirt

from nova_ext.virt.libvirt import connections
from tests.fixtures import libvirt as libvirt_fixtures
from tests.unit.virt.libvirt import queries_base


class TestDomains(queries_base.QueriesTestCase):
    def get_domain(self, connection: Any, domain: Any) -> Any:
        """Answer with the domain that the question gets, which is one of its connection."""
        self.assertIs(connection, domain.connect())
        return domain

    def get_max_memory(self, connection: Any, domain: Any) -> Any:
        """Answer with the guest's memory in KiB."""
        return domain.maxMemory()

    def test_next_question_about_a_guest_needs_no_lookup(self) -> None:
        domains = [self.ask(uuid, self.get_domain) for uuid in self.uuids]
        self.assertEqual(self.uuids, [domain.UUIDString() for domain in domains])
        self.useFixture(fixtures.MonkeyPatch(
            'libvirt.virConnect.lookupByUUIDString', fixtures.MonkeyPatch.delete))
        for uuid, domain in zip(self.uuids, domains):
            self.assertIs(domain, self.ask(uuid, self.get_domain))

    def test_connection_does_not_use_domain_of_another_connection(self) -> None:
        first = self.ask(self.uuids[0], self.get_domain)
        entered, release = threading.Event(), threading.Event()
        self.addCleanup(release.set)

        def occupy(connection: Any, domain: Any) -> Any:
            entered.set()
            self.assertTrue(release.wait(5))
            return self.get_domain(connection, domain)

        other = self.queries.ask_guest(self.uuids[1], occupy)
        self.assertTrue(entered.wait(5))
        second = self.ask(self.uuids[0], self.get_domain)
        release.set()
        self.assertEqual([first.connect(), second.connect()], self.connections.opened)
        self.assertIs(first.connect(), other.result().connect())

    def test_redefined_guest_is_found_by_its_uuid(self) -> None:
        uuid = self.uuids[0]
        self.assertEqual(131072, self.ask(uuid, self.get_max_memory))
        domain = self.libvirt.connection.lookupByUUIDString(uuid)
        xml = domain.XMLDesc(0).replace('131072', '262144').replace(domain.name(), 'renamed')
        domain.destroy()
        domain.undefine()
        with self.assert_raises(libvirt.libvirtError):
            self.ask(uuid, self.get_max_memory)
        self.addCleanup(self.libvirt.connection.createXML(xml).destroy)
        self.assertEqual(262144, self.ask(uuid, self.get_max_memory))

    def test_missing_guest_is_looked_up_again(self) -> None:
        uuid = queries_base.MISSING
        with self.assert_raises(libvirt.libvirtError):
            self.ask(uuid, self.get_domain)
        domain = self.libvirt.connection.createXML(
            libvirt_fixtures.DOMAIN.format(name='late', uuid=uuid))
        self.addCleanup(domain.destroy)
        self.assertEqual(uuid, self.ask(uuid, self.get_domain).UUIDString())

    def test_number_of_remembered_domains_is_limited(self) -> None:
        self.patch(connections, '_REMEMBERED', 2)
        for uuid in self.uuids * 2:
            self.assertEqual(uuid, self.ask(uuid, self.get_domain).UUIDString())
            self.assertLessEqual(len(self.queries._pool._idle[0]._domains), 2)


class TestLostReason(queries_base.QueriesTestCase):
    """Python frees a domain between libvirt's refusal and the question for its reason."""

    def setUp(self) -> None:
        super().setUp()
        self.asked = 0

    def refuse(self, connection: Any, domain: Any) -> Any:
        """Fail for want of a guest, with or without telling so."""
        self.asked += 1
        if self.asked == 1:
            error = libvirt.libvirtError('virDomainLookupByUUIDString() failed')
            self.assertIsNone(error.get_error_code())
            raise error
        return connection.lookupByUUIDString(queries_base.MISSING)

    def test_question_is_asked_again(self) -> None:
        with self.assert_raises(libvirt.libvirtError) as refused:
            self.ask(self.uuids[0], self.refuse)
        self.assertEqual(libvirt.VIR_ERR_NO_DOMAIN, refused.exception.get_error_code())

    def test_question_with_a_reason_is_asked_once(self) -> None:
        self.asked = 1
        with self.assert_raises(libvirt.libvirtError):
            self.ask(self.uuids[0], self.refuse)
        self.assertEqual(2, self.asked)

    def test_connection_stays_open(self) -> None:
        for _ in range(2):
            with self.assert_raises(libvirt.libvirtError):
                self.ask(self.uuids[0], self.refuse)
        self.assertEqual(1, len(self.connections.opened))
