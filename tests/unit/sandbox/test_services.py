# SPDX-License-Identifier: Apache-2.0
"""What runs where."""

from __future__ import annotations

import dataclasses
import pathlib

import ddt

from sandbox import hosts, services
from sandbox.config import Environments
from sandbox.processes import Service
from sandbox.settings import Options
from tests.unit import base

ENVIRONMENTS = Environments(
    services=pathlib.Path('/venvs/services'), nova=pathlib.Path('/venvs/nova-ext'),
    stock=pathlib.Path('/venvs/nova'), cinder=pathlib.Path('/venvs/cinder'))


@ddt.ddt
class TestServices(base.TestCase):
    def list_services(self, options: Options) -> dict[tuple[str, str], Service]:
        """Return the services of a cloud by their names and hosts."""
        environments = ENVIRONMENTS if options.volumes else dataclasses.replace(
            ENVIRONMENTS, cinder=None)
        return services.all_services(options, hosts.all_hosts(options.hosts), environments)

    def test_every_host_has_nova_compute_and_the_first_has_the_apis(self) -> None:
        found = self.list_services(Options(hosts=3))
        self.assertEqual({'stack1', 'stack2', 'stack3'},
                         {host for name, host in found if name == 'nova-compute'})
        self.assertEqual({'stack1'}, {host for name, host in found if name == 'nova-api'})

    @ddt.data(
        (Options(hosts=2), {'stack1', 'stack2'}), (Options(hosts=2, stock_host=2), {'stack1'}),
        (Options(hosts=2, stock=True), set()))
    @ddt.unpack
    def test_restart_renews_the_plugin_where_it_runs(
            self, options: Options, plugin: set[str]) -> None:
        self.assertEqual(plugin, {
            host for (name, host), service in self.list_services(options).items()
            if name == 'nova-compute' and service.plugin})

    def test_stock_api_runs_from_the_stock_environment(self) -> None:
        found = self.list_services(Options(hosts=1, stock_api=True))
        self.assertTrue(found['nova-api', 'stack1'].command[0].startswith('/venvs/nova-ext/'))
        stock = found['nova-api-stock', 'stack1']
        self.assertTrue(stock.command[0].startswith('/venvs/nova/'))
        self.assertFalse(stock.plugin)

    @ddt.data((Options(hosts=2, stock_api=True), 'nova'),
              (Options(hosts=2, stock_api=True, root=True), None))
    @ddt.unpack
    def test_only_services_of_nova_have_a_user(self, options: Options, user: str | None) -> None:
        for (name, _), service in self.list_services(options).items():
            self.assertEqual(user if name.startswith('nova-') else None, service.user, name)

    @ddt.data(
        ('26.2.2', ['--wsgi-file', '/venvs/nova-ext/bin/nova-api-wsgi'], '1'),
        ('31.3.1', ['--module', 'nova.wsgi.osapi_compute:application'], '1'),
        ('34.0.0', ['--module', 'nova.wsgi.osapi_compute:application'], '4'))
    @ddt.unpack
    def test_nova_api_has_the_module_and_threads_of_its_release(
            self, version: str, words: list[str], threads: str) -> None:
        command = services.nova_api(
            Options(nova=version), hosts.Host(1), ENVIRONMENTS, stock=False).command
        self.assertIn(' '.join(words), ' '.join(command))
        self.assertEqual(threads, command[command.index('--threads') + 1])

    def test_host_with_ironic_has_no_libvirt_and_the_first_has_ironic(self) -> None:
        options = Options(hosts=1, ironic=True)
        found = set(services.all_services(
            options, hosts.all_hosts(options.all_hosts), ENVIRONMENTS))
        self.assertEqual(
            {'nova-compute', 'ovsdb', 'ovs-vswitchd', 'ovs-agent'},
            {name for name, host in found if host == 'stack2'})
        self.assertEqual(
            {'ironic-api', 'ironic-conductor'},
            {name for name, host in found if host == 'stack1'}
            - {name for name, _ in self.list_services(Options(hosts=1))})

    def test_only_a_cloud_with_volumes_has_cinder_and_ceph(self) -> None:
        without, volumes = (set(self.list_services(Options(hosts=2, volumes=value)))
                            for value in (False, True))
        self.assertEqual({(name, 'stack1') for name in (
            'ceph-mon', 'ceph-mgr', 'ceph-osd', 'cinder-api', 'cinder-scheduler',
            'cinder-volume')}, volumes - without)
        self.assertEqual(set(), without - volumes)
