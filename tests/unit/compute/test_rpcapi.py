# SPDX-License-Identifier: Apache-2.0
"""Hosts with and without the plugin behind a real message bus inside this process."""

from __future__ import annotations

import time
import types
import uuid
from collections.abc import Callable, Iterator
from concurrent import futures
from typing import Any, Optional

import oslo_messaging as messaging
import pytest
from nova import exception as nova_exception
from nova import rpc
from nova.objects import base as nova_base
from nova.objects import diagnostics as nova_diagnostics
from oslo_messaging.rpc import dispatcher

from nova_ext import exception
from nova_ext.compute import endpoint, rpcapi
from nova_ext.objects import diagnostics
from tests.unit import support

ANSWER = diagnostics.Diagnostics.unknown(state='running', driver='libvirt')
TOLD = support.values(ANSWER)
NOTHING = support.values(diagnostics.Diagnostics.unknown())


def ask(api: rpcapi.ComputeAPI, instance: Any, context: Any = None) -> dict[str, Any]:
    """What a host is made to tell about an instance."""
    answer: dict[str, Any] = support.values(
        api.get_diagnostics(context or support.context(), instance))
    return answer


class Nova:
    """The method of nova-compute's own that a host without the plugin is asked by."""

    def __init__(self, version: str = '6.0') -> None:
        self.target = messaging.Target(version=version)
        self.error: Optional[Exception] = None
        self.asked: list[Any] = []

    def get_instance_diagnostics(self, context: Any, instance: Any) -> Any:
        self.asked.append(instance)
        if self.error is not None:
            raise self.error
        answer = nova_diagnostics.Diagnostics(
            state='running', driver='libvirt', uptime=999, config_drive=False)
        answer.add_cpu(id=0, time=17)
        return answer


class Plugin(endpoint.ComputeEndpoint):
    """Our own endpoint, with a record of what it was asked."""

    def __init__(self) -> None:
        super().__init__(self.collect)
        self.asked: list[Any] = []
        self.error: Optional[Exception] = None

    def collect(self, instance: Any) -> diagnostics.Diagnostics:
        self.asked.append(instance)
        if self.error is not None:
            raise self.error
        return ANSWER


#: Takes a host's name and endpoints. Returns the list of its endpoints, which may be added to.
StartHost = Callable[..., list[Any]]


@pytest.fixture(scope='module')
def servers() -> Iterator[list[Any]]:
    """The RPC servers of all tests. Each takes a second to stop, so they are stopped together."""
    servers: list[Any] = []
    yield servers

    def stop(server: Any) -> None:
        server.stop()
        server.wait()

    with futures.ThreadPoolExecutor(max_workers=len(servers) or 1) as pool:
        list(pool.map(stop, servers))


@pytest.fixture
def start_host(transport: Any, servers: list[Any]) -> StartHost:
    """Starts the RPC server of a nova-compute."""
    def start(host: str, *endpoints: Any) -> list[Any]:
        present = list(endpoints)
        server = messaging.get_rpc_server(
            transport, messaging.Target(topic='compute', server=host), present,
            executor='threading', access_policy=dispatcher.DefaultRPCAccessPolicy,
            serializer=rpc.RequestContextSerializer(nova_base.NovaObjectSerializer()))
        server.start()
        servers.append(server)
        return present

    return start


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """The client's clock; ``clock.now`` may be set."""
    clock = types.SimpleNamespace(now=1000.0)
    clock.monotonic = lambda: clock.now
    monkeypatch.setattr(rpcapi, 'time', clock)
    return clock


def on_host(host: str) -> Any:
    return support.instance(host=f'{host}-{uuid.uuid4().hex[:8]}')


class TestHostWithThePlugin:
    def test_it_answers(self, start_host: StartHost) -> None:
        instance, plugin, nova = on_host('new'), Plugin(), Nova()
        start_host(instance.host, nova, plugin)
        assert ask(rpcapi.ComputeAPI(5), instance) == TOLD
        assert [asked.uuid for asked in plugin.asked] == [instance.uuid]
        assert nova.asked == []

    def test_a_server_that_is_gone_is_not_found(self, start_host: StartHost) -> None:
        instance, plugin = on_host('new'), Plugin()
        plugin.error = nova_exception.InstanceNotFound(instance_id=instance.uuid)
        start_host(instance.host, Nova(), plugin)
        with pytest.raises(nova_exception.InstanceNotFound):
            rpcapi.ComputeAPI(5).get_diagnostics(support.context(), instance)

    def test_without_its_hypervisor_it_is_unavailable(self, start_host: StartHost) -> None:
        instance, plugin = on_host('new'), Plugin()
        plugin.error = nova_exception.HypervisorUnavailable()
        start_host(instance.host, Nova(), plugin)
        with pytest.raises(exception.ComputeHostUnavailable, match='cannot reach its hypervisor'):
            rpcapi.ComputeAPI(5).get_diagnostics(support.context(), instance)


class TestHostWithoutThePlugin:
    def test_it_is_asked_in_novas_way(self, start_host: StartHost) -> None:
        instance, nova = on_host('stock'), Nova()
        start_host(instance.host, nova)
        answer = rpcapi.ComputeAPI(5).get_diagnostics(support.context(), instance)
        assert (answer.state, answer.uptime) == ('running', None)
        assert answer.cpu_details[0].time == 17
        assert [asked.uuid for asked in nova.asked] == [instance.uuid]

    def test_it_is_remembered_for_a_while_and_then_tried_again(
            self, start_host: StartHost, clock: types.SimpleNamespace) -> None:
        instance, nova = on_host('stock'), Nova()
        host = start_host(instance.host, nova)
        api = rpcapi.ComputeAPI(5)
        api.get_diagnostics(support.context(), instance)
        plugin = Plugin()
        host.append(plugin)

        clock.now += rpcapi._STOCK_HOST_TTL - 1
        assert api.get_diagnostics(support.context(), instance).cpu_details[0].time == 17
        assert plugin.asked == []
        clock.now += 2
        assert ask(api, instance) == TOLD
        assert len(nova.asked) == 2

    def test_another_host_is_not_taken_for_it(self, start_host: StartHost) -> None:
        stock, new = on_host('stock'), on_host('new')
        start_host(stock.host, Nova())
        start_host(new.host, Nova(), Plugin())
        api = rpcapi.ComputeAPI(5)
        api.get_diagnostics(support.context(), stock)
        assert ask(api, new) == TOLD

    def test_nor_is_a_host_of_the_same_name_in_another_cell(self, start_host: StartHost) -> None:
        instance, nova, api = on_host('stock'), Nova(), rpcapi.ComputeAPI(5)
        host = start_host(instance.host, nova)
        context = support.context()
        context.cell_uuid = 'cell1'
        api.get_diagnostics(context, instance)
        host.append(Plugin())
        context.cell_uuid = 'cell2'
        assert ask(api, instance, context) == TOLD

    def test_a_guest_that_does_not_run_has_the_state_of_novas_record(
            self, start_host: StartHost) -> None:
        instance, nova = on_host('stock'), Nova()
        instance.power_state = 4
        nova.error = nova_exception.InstanceInvalidState(
            attr='power_state', instance_uuid=instance.uuid, state='stopped',
            method='get_diagnostics')
        start_host(instance.host, nova)
        assert ask(rpcapi.ComputeAPI(5), instance) == {**NOTHING, 'state': 'shutdown'}

    def test_a_driver_without_diagnostics_gives_nulls(self, start_host: StartHost) -> None:
        instance, nova = on_host('stock'), Nova()
        nova.error = NotImplementedError()
        start_host(instance.host, nova)
        assert ask(rpcapi.ComputeAPI(5), instance) == NOTHING

    def test_a_cloud_pinned_to_the_last_major_version_is_asked_in_that(
            self, start_host: StartHost, conf: Any) -> None:
        conf.set_override('compute', '5.13', 'upgrade_levels')
        instance, nova = on_host('older'), Nova('5.13')
        start_host(instance.host, nova)
        answer = rpcapi.ComputeAPI(5).get_diagnostics(support.context(), instance)
        assert answer.cpu_details[0].time == 17

    def test_the_pin_of_novas_interface_does_not_hold_back_ours(
            self, start_host: StartHost, conf: Any) -> None:
        conf.set_override('compute', '5.13', 'upgrade_levels')
        instance = on_host('new')
        start_host(instance.host, Nova('5.13'), Plugin())
        assert ask(rpcapi.ComputeAPI(5), instance) == TOLD

    def test_a_host_that_speaks_neither_gives_nulls(self, start_host: StartHost) -> None:
        instance = on_host('ancient')
        start_host(instance.host, Nova('4.0'))
        assert ask(rpcapi.ComputeAPI(5), instance) == NOTHING


class TestSilentHost:
    def test_it_is_unavailable_within_the_bound(self, transport: Any) -> None:
        began = time.monotonic()
        with pytest.raises(exception.ComputeHostUnavailable) as caught:
            rpcapi.ComputeAPI(0.2).get_diagnostics(support.context(), on_host('silent'))
        assert 0.2 <= time.monotonic() - began < 1
        assert 'nova-compute did not answer within 0.2 s' in str(caught.value)

    def test_it_is_not_taken_for_one_without_the_plugin(
            self, transport: Any, start_host: StartHost) -> None:
        instance, api = on_host('silent'), rpcapi.ComputeAPI(0.2)
        with pytest.raises(exception.ComputeHostUnavailable):
            api.get_diagnostics(support.context(), instance)
        start_host(instance.host, Nova(), Plugin())
        assert ask(api, instance) == TOLD


class Client:
    """Stands in for an RPC client where a bus inside one process differs from a real one."""

    def __init__(self, outcome: Any) -> None:
        self.outcome = outcome
        self.prepared: dict[str, Any] = {}

    def client(self, context: Any) -> Client:
        return self

    def prepare(self, **options: Any) -> Client:
        self.prepared = options
        return self

    def can_send_version(self, version: str) -> bool:
        return True

    def call(self, context: Any, method: str, **arguments: Any) -> Any:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def api(transport: Any) -> rpcapi.ComputeAPI:
    return rpcapi.ComputeAPI(7)


class TestOverARealBus:
    @pytest.mark.parametrize('refusal', ['UnsupportedVersion', 'NoSuchMethod'])
    def test_a_refusal_of_which_only_the_name_is_left_is_one(
            self, refusal: str, api: rpcapi.ComputeAPI, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(api, '_router', Client(messaging.RemoteError(refusal, 'no')))
        monkeypatch.setattr(
            api, '_nova', types.SimpleNamespace(router=Client(Nova().get_instance_diagnostics(
                None, None))))
        answer = api.get_diagnostics(support.context(), support.instance())
        assert answer.cpu_details[0].time == 17

    def test_any_other_error_of_the_host_is_not(
            self, api: rpcapi.ComputeAPI, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(api, '_router', Client(messaging.RemoteError('KeyError', 'x')))
        with pytest.raises(messaging.RemoteError):
            api.get_diagnostics(support.context(), support.instance())

    def test_a_message_that_cannot_be_delivered_makes_the_host_unavailable(
            self, api: rpcapi.ComputeAPI, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            api, '_router', Client(messaging.MessageDeliveryFailure('no broker')))
        with pytest.raises(exception.ComputeHostUnavailable, match='no broker'):
            api.get_diagnostics(support.context(), support.instance())

    def test_every_call_has_the_hosts_name_and_the_bound(
            self, api: rpcapi.ComputeAPI, monkeypatch: pytest.MonkeyPatch) -> None:
        client = Client(ANSWER.obj_to_primitive())
        monkeypatch.setattr(api, '_router', client)
        assert ask(api, support.instance()) == TOLD
        assert client.prepared == {'server': 'host1', 'version': '1.0', 'timeout': 7}
