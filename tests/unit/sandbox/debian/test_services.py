# SPDX-License-Identifier: Apache-2.0
"""What runs where, of Debian's packages."""

from __future__ import annotations

import pathlib

from sandbox import config, hosts, services
from sandbox.debian import services as debian
from sandbox.settings import Options
from tests.unit import base


class TestServices(base.TestCase):
    def test_services_have_the_names_that_the_steps_of_every_cloud_know(self) -> None:
        options = Options(hosts=2)
        found = set(debian.all_services(options, hosts.all_hosts(2)))
        everywhere = set(services.all_services(
            options, hosts.all_hosts(2), config.Environments(*[pathlib.Path('/usr')] * 3)))
        self.assertEqual(
            {('nova-serialproxy', 'stack1'), ('sshd', 'stack1'), ('sshd', 'stack2')},
            everywhere - found)
        self.assertEqual(set(), found - everywhere)

    def test_plugin_is_where_it_is_wanted(self) -> None:
        found = debian.all_services(Options(hosts=2, stock_host=2), hosts.all_hosts(2))
        self.assertEqual({('nova-api', 'stack1'), ('nova-compute', 'stack1')},
                         {name for name, service in found.items() if service.plugin})
        stock = debian.all_services(Options(hosts=2, stock=True), hosts.all_hosts(2))
        self.assertFalse([name for name, service in stock.items() if service.plugin])

    def test_service_runs_as_its_unit_says_with_the_log_of_the_sandbox(self) -> None:
        service = debian.by_unit('glance', hosts.Host(1), 'glance-api')
        self.assertEqual(['glance-api', str(service.log)], service.command[-2:])
