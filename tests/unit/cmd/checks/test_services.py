# SPDX-License-Identifier: Apache-2.0
"""The check of what each service of Nova reads."""

from __future__ import annotations

import logging

from nova_ext.cmd.checks import services
from tests.fixtures import nova_host
from tests.unit import base


class TestServices(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.host = self.useFixture(nova_host.NovaHost())

    def check(self, *explicit: tuple[str, str]) -> dict[int, list[str]]:
        """Return the texts of the findings by their level."""
        found: dict[int, list[str]] = {}
        for finding in services.check(self.host.find(*explicit), bool(explicit)):
            found.setdefault(finding.level, []).append(finding.text)
        return found

    def test_files_that_are_read_are_named(self) -> None:
        self.host.make_debian()
        self.assertEqual({logging.INFO: [
            'nova-api (/lib/systemd/system/nova-api.service) reads /etc/nova/api-paste.ini, '
            '/etc/nova/nova.conf',
            'nova-compute (/lib/systemd/system/nova-compute.service) reads /etc/nova/nova.conf, '
            '/etc/nova/nova-compute.conf']}, self.check())

    def test_missing_file_is_an_error(self) -> None:
        self.host.make_debian('nova-compute')
        self.host.path('/etc/nova/nova.conf').unlink()
        [text] = self.check()[logging.ERROR]
        self.assertTrue(text.startswith('/etc/nova/nova.conf, which nova-compute ('), text)

    def test_file_that_cannot_be_parsed_is_an_error_that_does_not_repeat_it(self) -> None:
        self.host.make_debian('nova-compute')
        self.host.write('/etc/nova/nova.conf', 'secret\n')
        [text] = self.check()[logging.ERROR]
        self.assertTrue(text.startswith('/etc/nova/nova.conf cannot be read: line 1, '), text)
        self.assertNotIn('secret', text)

    def test_directory_in_the_place_of_a_file_is_an_error(self) -> None:
        self.host.make_debian('nova-compute')
        self.host.path('/etc/nova/nova.conf').unlink()
        self.host.path('/etc/nova/nova.conf').mkdir()
        self.assertIn('Is a directory', self.check()[logging.ERROR][0])

    def test_nothing_that_is_seen_is_a_warning(self) -> None:
        self.host.write('/etc/nova/nova.conf', '')
        self.assertIn('No process and no unit', self.check()[logging.WARNING][0])
        self.assertEqual([logging.INFO], list(self.check(('file', '/etc/nova/nova.conf'))))

    def test_service_in_a_container_is_told(self) -> None:
        self.host.make_debian('nova-compute')
        self.host.add_contained(7, ['/usr/bin/nova-api'])
        self.assertIn('nova-api (process 7) runs in a container', self.check()[logging.INFO][-1])

    def test_host_whose_services_are_in_containers_is_not_looked_at_by_default(self) -> None:
        self.host.add_contained(7, ['/usr/bin/nova-compute'])
        found = self.check()
        self.assertEqual(1, len(found[logging.WARNING]), str(found))
        self.assertIn('nova-compute (process 7) runs in a container', found[logging.WARNING][0])
        self.assertNotIn('nova-compute (by default)', str(found))
