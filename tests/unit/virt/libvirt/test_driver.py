# SPDX-License-Identifier: Apache-2.0
"""``nova_ext.LibvirtDriver`` as nova-compute uses it."""

from __future__ import annotations

import threading
import types
from typing import Any

import ddt
import fixtures
from nova import conf as nova_conf
from nova.objects import diagnostics as nova_diagnostics
from nova.virt.libvirt import driver as nova_driver

from nova_ext import conf as nova_ext_conf
from nova_ext.compute import endpoints
from nova_ext.objects import diagnostics as objects
from nova_ext.virt import sampling
from nova_ext.virt.libvirt import driver
from nova_ext.virt.libvirt.diagnostics import readings
from nova_ext.virt.libvirt.metadata import refresher
from tests.fixtures import clock, configuration, libvirt, privsep, rpc
from tests.unit import base, support
from tests.unit.virt.libvirt import base as libvirt_base


class NovaDriver:
    """As much of Nova's libvirt driver as the mixin uses, with a record of its calls."""

    def __init__(self, virtapi: Any, read_only: bool = False) -> None:
        self.virtapi = virtapi
        self.read_only = read_only
        self.calls: list[tuple[Any, ...]] = []
        self._host = libvirt.FakeHost()

    @staticmethod
    def _get_console_log_path(instance: Any) -> str:
        return f'/instances/{instance.uuid}/console.log'

    def init_host(self, host: str) -> None:
        self.calls.append(('init_host', host))

    def cleanup_host(self, host: str) -> None:
        self.calls.append(('cleanup_host', host))

    def _create_guest_with_network(
            self, context: Any, xml: str, instance: Any, *more: Any, **options: Any) -> None:
        self.calls.append(('_create_guest_with_network', context, xml, instance))

    def suspend(self, context: Any, instance: Any) -> None:
        self.calls.append(('suspend', context, instance))

    def live_migration(self, context: Any, instance: Any, dest: str, *more: Any) -> None:
        self.calls.append(('live_migration', context, instance, dest, *more))


class Driver(driver.LibvirtMixin, NovaDriver):
    """What ``nova_ext.LibvirtDriver`` is over Nova's own driver."""


class DriverTestCase(libvirt_base.GuestTestCase):
    """A driver on a host with one guest."""

    def setUp(self) -> None:
        super().setUp()
        self.useFixture(rpc.Rpc(self.useFixture(configuration.Configuration()).conf))
        self.useFixture(privsep.PrivsepInProcess())
        self.useFixture(clock.Clock(readings, sampling))
        self.patch(refresher.Refresher, 'refresh_all', lambda refresher: None)
        #: As much of nova-compute's manager as the driver uses.
        self.compute = types.SimpleNamespace(additional_endpoints=['nova'])
        self.driver = self.make_driver()

    def make_driver(self) -> Driver:
        """Make a driver as Nova makes it."""
        return Driver(
            types.SimpleNamespace(_compute=self.compute), read_only=True)


class TestConstruction(DriverTestCase):
    def test_arguments_reach_novas_driver(self) -> None:
        self.assertIs(True, self.driver.read_only)

    def test_options_are_registered_where_no_api_runs(self) -> None:
        registered = self.useFixture(fixtures.MockPatchObject(
            nova_ext_conf, 'register_opts', side_effect=nova_ext_conf.register_opts)).mock
        self.make_driver()
        registered.assert_called_once_with(nova_conf.CONF)
        self.assertEqual(2.0, nova_conf.CONF.nova_ext.libvirt_timeout)

    def test_endpoint_is_added_to_novas_and_answers(self) -> None:
        nova, ours, *_ = self.compute.additional_endpoints
        self.assertEqual('nova', nova)
        self.assertIsInstance(ours, endpoints.DiagnosticsEndpoint)
        answer = objects.Diagnostics.obj_from_primitive(
            ours.get_diagnostics(support.context(), self.instance, '1.0'))
        self.assertEqual(('running', 2), (answer.state, answer.num_disks))


class TestSampler(DriverTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.earlier = set(threading.enumerate())  # of which some may still be ending
        self.addCleanup(self.driver._nova_ext.diagnostics.sampler.stop)

    def sampler_threads(self) -> list[threading.Thread]:
        """Return the threads of this test in which the guests are sampled."""
        return [thread for thread in threading.enumerate()
                if thread.name == 'nova-ext-sampler' and thread not in self.earlier]

    def test_guests_are_sampled_from_start_of_service_to_its_end(self) -> None:
        began_before_nova = []

        def init_host(nova: NovaDriver, host: str) -> None:
            began_before_nova.extend(self.sampler_threads())
            nova.calls.append(('init_host', host))

        self.patch(NovaDriver, 'init_host', init_host)
        self.assertEqual([], self.sampler_threads())
        self.driver.init_host('host1')
        thread, = self.sampler_threads()
        self.driver.cleanup_host('host1')
        thread.join(5)
        self.assertFalse(thread.is_alive())
        self.assertEqual([], self.sampler_threads())
        self.assertEqual([], began_before_nova)
        self.assertEqual([('init_host', 'host1'), ('cleanup_host', 'host1')], self.driver.calls)

    def test_guests_are_not_sampled_if_service_fails_to_start(self) -> None:
        with self.assert_raises(TypeError):
            self.driver.init_host('host1', 'one argument too many')
        self.assertEqual([], self.sampler_threads())


class TestNovaDiagnostics(DriverTestCase):
    def test_nova_gets_the_same_values_in_its_own_object(self) -> None:
        answer = self.driver.get_instance_diagnostics(self.instance)
        self.assertIs(nova_diagnostics.Diagnostics, type(answer))
        self.assertEqual(
            ('running', 128, 2),
            (answer.state, answer.memory_details.maximum, answer.num_disks))

    def test_nova_gets_an_answer_for_server_without_domain(self) -> None:
        answer = self.driver.get_instance_diagnostics(support.instance())
        self.assertEqual(('pending', 0), (answer.state, answer.num_disks))

    def test_unformatted_diagnostics_are_answered_without_novas_connection(self) -> None:
        entries = self.driver.get_diagnostics(self.instance)
        self.assertEqual(131072, entries['memory'])
        self.assertIn('vda_read', entries)


@ddt.ddt
class TestStampStart(DriverTestCase):
    @ddt.data(
        ('suspend', ()), ('live_migration', ('host2', 'post', 'recover', False, {'data': 1})))
    @ddt.unpack
    def test_start_is_stamped_before_the_process_changes(
            self, method: str, arguments: tuple[Any, ...]) -> None:
        self.patch(
            self.driver._nova_ext.diagnostics, 'stamp_start',
            lambda instance: self.driver.calls.append(('stamp_start', instance)))
        context = support.context()
        getattr(self.driver, method)(context, self.instance, *arguments)
        self.assertEqual(
            [('stamp_start', self.instance), (method, context, self.instance, *arguments)],
            self.driver.calls)

    def test_start_is_stamped_after_nova_has_made_the_guest(self) -> None:
        self.patch(
            self.driver._nova_ext.diagnostics, 'stamp_start',
            lambda instance, booted: self.driver.calls.append(('stamp_start', instance, booted)))
        self.driver._create_guest_with_network('context', '<domain/>', self.instance)
        self.assertEqual(
            [('_create_guest_with_network', 'context', '<domain/>', self.instance),
             ('stamp_start', self.instance, True)], self.driver.calls)

    @ddt.data(('suspend', ()), ('live_migration', ('host2',)))
    @ddt.unpack
    def test_guest_that_cannot_be_stamped_is_suspended_or_migrated_nevertheless(
            self, method: str, arguments: tuple[Any, ...]) -> None:
        missing = support.instance()
        getattr(self.driver, method)('context', missing, *arguments)
        self.assertEqual([(method, 'context', missing, *arguments)], self.driver.calls)


class TestLibvirtDriver(base.TestCase):
    def test_mixin_precedes_and_overrides_novas_driver(self) -> None:
        order = driver.LibvirtDriver.__mro__
        self.assertLess(
            order.index(driver.LibvirtMixin), order.index(nova_driver.LibvirtDriver))
        overridden = [name for name in vars(driver.LibvirtMixin) if not name.startswith('_')]
        self.assertTrue(overridden)
        self.assertEqual(
            [], [name for name in overridden if not hasattr(nova_driver.LibvirtDriver, name)])
