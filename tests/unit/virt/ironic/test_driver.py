# SPDX-License-Identifier: Apache-2.0
"""``nova_ext.IronicDriver`` as nova-compute uses it."""

from __future__ import annotations

import inspect
import logging
import threading
import time
import types
from typing import Any

import ddt
from keystoneauth1 import exceptions as keystone_exception
from nova import exception as nova_exception
from nova.virt.ironic import driver as nova_driver
from openstack import exceptions as sdk_exception

from nova_ext.compute import endpoints, host_diagnostics
from nova_ext.virt.ironic import driver, node
from tests.fixtures import fake_ironic
from tests.unit import base, support
from tests.unit.virt.ironic.driver_base import (
    TIMEOUT,
    DriverTestCase,
    UnavailableDriver,
)


class TestConstruction(DriverTestCase):
    def test_arguments_reach_novas_driver(self) -> None:
        self.assertIs(True, self.driver.read_only)

    def test_endpoints_for_diagnostics_alone_join_novas(self) -> None:
        self.assertEqual('nova', self.compute.additional_endpoints[0])
        self.assertEqual(
            [endpoints.DiagnosticsEndpoint, endpoints.HostDiagnosticsEndpoint],
            [type(one) for one in self.compute.additional_endpoints[1:]])

    def test_ironic_is_not_asked_before_a_request_comes(self) -> None:
        self.driver.init_host('host1')
        self.assertEqual((['host1'], []), (self.driver.hosts, self.ironic.requests))
        self.assertIn('nova-ext answers diagnostics on this host', self.logs.text)

    def test_overrides_have_the_signatures_of_novas_methods(self) -> None:
        for name in ('__init__', 'init_host', 'get_instance_diagnostics'):
            self.assertEqual(
                inspect.signature(getattr(nova_driver.IronicDriver, name)),
                inspect.signature(getattr(driver.IronicMixin, name)), name)


@ddt.ddt
class TestDiagnostics(DriverTestCase):
    def test_each_figure_is_told(self) -> None:
        known = self.ask()
        self.assertEqual(
            ('running', 'ironic', 16, 2, 2, {'maximum': 65536, 'used': None}, False),
            tuple(known[name] for name in (
                'state', 'driver', 'num_cpus', 'num_nics', 'num_disks', 'memory_details',
                'config_drive')))
        self.assertEqual(
            ['52:54:00:aa:bb:01', '52:54:00:aa:bb:02'],
            [nic['mac_address'] for nic in known['nic_details']])

    def test_many_servers_are_told_about(self) -> None:
        unknown = '0d9bd4fe-3b9c-4b6e-a3f3-6d4fdd1a7f5c'
        found, _ = host_diagnostics.decode(
            self.compute.additional_endpoints[2].get_host_diagnostics(
                None, [fake_ironic.SERVER, unknown], '1.1'))
        self.assertEqual([fake_ironic.SERVER, unknown], list(found))
        self.assertEqual('running', found[fake_ironic.SERVER].diagnostics.state)

    def test_three_short_requests_are_made(self) -> None:
        self.ask()
        (path, query, _), *parts = self.ironic.requests
        self.assertEqual(
            ('/nodes', {'instance_uuid': fake_ironic.SERVER, 'fields': ','.join(node.FIELDS)}),
            (path, query))
        self.assertEqual(
            [(f'/nodes/{fake_ironic.NODE}/inventory', {}),
             ('/ports', {'node': fake_ironic.NODE, 'fields': 'address'})],
            sorted((path, query) for path, query, _ in parts))

    def test_no_request_is_tried_again_or_kept_for_longer_than_the_bound(self) -> None:
        self.ask()
        for _, _, how in self.ironic.requests:
            self.assertEqual(
                (TIMEOUT, 0, 0),
                (how['timeout'], how['connect_retries'], how['status_code_retries']))

    def test_only_the_inventory_needs_a_new_version(self) -> None:
        self.ironic.newest = '1.46'
        known = self.ask()
        self.assertEqual((4, 2, None, None, 8192), (
            known['num_cpus'], known['num_nics'], known['num_disks'], known['disk_details'],
            known['memory_details']['maximum']))
        self.assertEqual('1.81', self.how(f'/nodes/{fake_ironic.NODE}')['microversion'])
        self.assertNotIn('unknown', self.logs.text)

    def test_node_without_an_inventory_has_its_properties(self) -> None:
        self.ironic.inventory = None
        known = self.ask()
        self.assertEqual((4, None), (known['num_cpus'], known['num_disks']))

    def test_unknown_server_is_pending(self) -> None:
        known = self.ask(support.instance())
        self.assertEqual(('pending', 'ironic'), (known.pop('state'), known.pop('driver')))
        self.assertEqual({None}, set(known.values()))

    @ddt.data(
        keystone_exception.ConnectFailure('no route'), keystone_exception.Unauthorized('no'),
        keystone_exception.EndpointNotFound('none'), sdk_exception.SDKException('no'))
    def test_ironic_that_cannot_be_reached_is_unavailable(self, error: Exception) -> None:
        def fail() -> Any:
            raise error

        self.ironic.on['/nodes'] = fail
        with self.assert_raises(nova_exception.HypervisorUnavailable):
            self.driver.get_instance_diagnostics(self.instance)
        self.assertIn(f'ironic cannot be reached: {type(error).__name__}', self.logs.text)

    def test_connection_that_nova_cannot_make_is_unavailable(self) -> None:
        unavailable = UnavailableDriver(types.SimpleNamespace(_compute=self.compute))
        with self.assert_raises(nova_exception.HypervisorUnavailable):
            unavailable.get_instance_diagnostics(self.instance)
        self.assertIn('ironic cannot be reached: ServiceUnavailable', self.logs.text)

    @ddt.data(502, 503, 504)
    def test_proxy_that_answers_in_ironics_place_is_unavailable(self, status: int) -> None:
        self.ironic.on['/nodes'] = lambda: fake_ironic.Answer(status, text='Bad Gateway')
        with self.assert_raises(nova_exception.HypervisorUnavailable):
            self.driver.get_instance_diagnostics(self.instance)

    @ddt.data(
        fake_ironic.Answer(403, text='no'), fake_ironic.Answer(500, text='oops'),
        fake_ironic.Answer(200, text='<html>'), fake_ironic.Answer(200, {'error': 'none'}))
    def test_nothing_is_known_when_ironic_refuses(self, answer: fake_ironic.Answer) -> None:
        self.ironic.on['/nodes'] = lambda: answer
        known = self.ask()
        self.assertEqual('ironic', known.pop('driver'))
        self.assertEqual({None}, set(known.values()))
        self.assertIn('Failed to read diagnostics: ironic ', self.logs.text)
        self.assertEqual(1, len(self.logs.messages(logging.WARNING)))

    def test_rest_is_told_when_ironic_refuses_the_ports(self) -> None:
        self.ironic.on['/ports'] = lambda: fake_ironic.Answer(403, text='no')
        known = self.ask()
        self.assertEqual(('running', 16, None, None), (
            known['state'], known['num_cpus'], known['num_nics'], known['nic_details']))
        self.assertIn('ironic refuses /ports: 403 no', self.logs.text)

    def test_ironic_that_hangs_is_unavailable_within_the_bound(self) -> None:
        hanging = threading.Event()
        self.addCleanup(hanging.set)
        self.ironic.on['/nodes'] = lambda: hanging.wait(base.TIMEOUT) and None
        began = time.monotonic()
        with self.assert_raises(nova_exception.HypervisorUnavailable):
            self.driver.get_instance_diagnostics(self.instance)
        self.assertLess(time.monotonic() - began, 4 * TIMEOUT)

    def test_novas_own_diagnostics_have_the_same_figures(self) -> None:
        answer = self.driver.get_instance_diagnostics(self.instance)
        self.assertEqual(('running', 'ironic', 16, 2, 2), (
            answer.state, answer.driver, answer.num_cpus, answer.num_nics, answer.num_disks))
        self.assertEqual(
            (65536, None), (answer.memory_details.maximum, answer.memory_details.used))
