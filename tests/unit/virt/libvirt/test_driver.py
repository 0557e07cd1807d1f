# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import threading
import types
from typing import Any

import pytest
from nova.objects import diagnostics as nova_diagnostics

from nova_ext.compute import endpoint
from nova_ext.objects import diagnostics
from nova_ext.virt.libvirt import driver, sampler
from tests.unit import support


class NovaDriver:
    """As much of Nova's libvirt driver as the mixin leans on, with a record of its calls."""

    def __init__(self, virtapi: Any, read_only: bool = False) -> None:
        self.virtapi = virtapi
        self.read_only = read_only
        self.calls: list[tuple[Any, ...]] = []
        self._host = support.Host(virtapi.connection)

    @staticmethod
    def _get_console_log_path(instance: Any) -> str:
        return f'/instances/{instance.uuid}/console.log'

    def init_host(self, host: str) -> None:
        self.calls.append(('init_host', host, sampler_runs()))

    def cleanup_host(self, host: str) -> None:
        self.calls.append(('cleanup_host', host))

    def suspend(self, context: Any, instance: Any) -> None:
        self.calls.append(('suspend', context, instance))

    def live_migration(self, context: Any, instance: Any, dest: str, *more: Any) -> None:
        self.calls.append(('live_migration', context, instance, dest, *more))


class Driver(driver.LibvirtMixin, NovaDriver):
    """What ``nova_ext.LibvirtDriver`` is over Nova's own."""


def sampler_runs() -> bool:
    return any(thread.name == 'nova-ext-sampler' for thread in threading.enumerate())


@pytest.fixture
def compute() -> Any:
    """As much of nova-compute's manager."""
    return types.SimpleNamespace(additional_endpoints=['nova'])


@pytest.fixture
def made(
        transport: Any, as_root: None, connection: Any, compute: Any,
        monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(sampler, 'SHORTEST_WINDOW', 0.02)
    return Driver(types.SimpleNamespace(_compute=compute, connection=connection), read_only=True)


@pytest.fixture
def instance(connection: Any) -> Any:
    return support.instance(uuid=support.define_guest(connection).UUIDString())


def test_novas_driver_is_made_as_nova_makes_it(made: Any) -> None:
    assert made.read_only is True


def test_the_options_are_registered_though_no_api_runs_here(made: Any) -> None:
    from nova import conf as nova_conf

    assert nova_conf.CONF.nova_ext.libvirt_timeout == 2.0


def test_its_endpoint_joins_novas_own_and_answers(
        made: Any, compute: Any, instance: Any) -> None:
    nova, ours = compute.additional_endpoints
    assert nova == 'nova'
    assert isinstance(ours, endpoint.ComputeEndpoint)
    answer = diagnostics.Diagnostics.obj_from_primitive(
        ours.get_diagnostics(support.context(), instance, '1.0'))
    assert (answer.state, answer.num_disks) == ('running', 2)


def test_it_samples_from_the_start_of_the_service_to_its_end(made: Any) -> None:
    assert not sampler_runs()
    made.init_host('host1')
    assert sampler_runs()
    made.cleanup_host('host1')
    for thread in threading.enumerate():
        if thread.name == 'nova-ext-sampler':
            thread.join(5)
    assert not sampler_runs()
    assert made.calls == [('init_host', 'host1', False), ('cleanup_host', 'host1')]


def test_a_service_that_fails_to_start_does_not_sample(made: Any) -> None:
    with pytest.raises(TypeError):
        made.init_host('host1', 'one argument too many')
    assert not sampler_runs()


def test_stock_callers_get_the_same_truth_in_novas_own_object(made: Any, instance: Any) -> None:
    answer = made.get_instance_diagnostics(instance)
    assert type(answer) is nova_diagnostics.Diagnostics
    assert (answer.state, answer.memory_details.maximum, answer.num_disks) == ('running', 128, 2)


def test_stock_callers_are_answered_about_a_guest_that_is_not_there(made: Any) -> None:
    answer = made.get_instance_diagnostics(support.instance())
    assert (answer.state, answer.num_disks) == ('pending', 0)


def test_unformatted_diagnostics_are_answered_without_novas_own_connection(
        made: Any, instance: Any) -> None:
    entries = made.get_diagnostics(instance)
    assert entries['memory'] == 131072
    assert 'vda_read' in entries


@pytest.mark.parametrize(('method', 'arguments'), [
    ('suspend', ()), ('live_migration', ('host2', 'post', 'recover', False, {'data': 1}))])
def test_before_the_process_changes_the_start_is_stamped_and_then_nova_goes_on(
        method: str, arguments: tuple[Any, ...], made: Any, instance: Any,
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        made._nova_ext_diagnostics, 'stamp_start',
        lambda stamped: made.calls.append(('stamp', stamped)))
    context = support.context()
    getattr(made, method)(context, instance, *arguments)
    assert made.calls == [('stamp', instance), (method, context, instance, *arguments)]


@pytest.mark.parametrize('method', ['suspend', 'live_migration'])
def test_a_guest_that_cannot_be_stamped_is_suspended_and_migrated_all_the_same(
        method: str, made: Any) -> None:
    gone = support.instance()
    getattr(made, method)('context', gone, *(['host2'] if method == 'live_migration' else []))
    assert made.calls[0][:3] == (method, 'context', gone)


def test_in_the_real_driver_the_mixin_comes_before_nova() -> None:
    from nova.virt.libvirt import driver as nova_driver

    order = driver.LibvirtDriver.__mro__
    assert order.index(driver.LibvirtMixin) < order.index(nova_driver.LibvirtDriver)
    overridden = [name for name in vars(driver.LibvirtMixin) if not name.startswith('_')]
    assert overridden
    assert [name for name in overridden if not hasattr(nova_driver.LibvirtDriver, name)] == []
