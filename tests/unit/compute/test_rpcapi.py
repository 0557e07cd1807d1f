# SPDX-License-Identifier: Apache-2.0
"""Hosts with and without the plugin behind a real message bus inside this process."""

from __future__ import annotations

import time
import types
import uuid
from typing import Any, Optional

import oslo_messaging as messaging
import pytest
from nova import exception as nova_exception
from nova.objects import diagnostics as nova_diagnostics

from nova_ext import exception
from nova_ext.compute import endpoint, rpcapi
from nova_ext.objects import diagnostics
from tests.unit import support
from tests.unit.support import StartHost

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
        super().__init__(self.collect, self, self.refresh)
        self.asked: list[Any] = []
        self.error: Optional[Exception] = None
        self.complete = True

    def get_log_path(self, context: Any, instance_uuid: str) -> str:
        self.asked.append(instance_uuid)
        if self.error is not None:
            raise self.error
        return '/log'

    def add(self, context: Any, instance_uuid: str, **piece: Any) -> bool:
        self.asked.append((instance_uuid, piece))
        if self.error is not None:
            raise self.error
        return self.complete

    def refresh(self, instance_uuid: str) -> bool:
        self.asked.append(instance_uuid)
        if self.error is not None:
            raise self.error
        return False

    def collect(self, instance: Any) -> diagnostics.Diagnostics:
        self.asked.append(instance)
        if self.error is not None:
            raise self.error
        return ANSWER


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


PIECE: dict[str, Any] = {
    'transfer': str(uuid.uuid4()), 'number': 1, 'total': 3, 'data': 'eJw='}


class FirstPlugin:
    """The endpoint of a host with the first version of the interface."""

    target = messaging.Target(namespace=rpcapi.NAMESPACE, version='1.0')

    def get_diagnostics(
            self, context: Any, instance: Any, object_version: str) -> dict[str, Any]:
        primitive: dict[str, Any] = ANSWER.obj_to_primitive()
        return primitive


class TestConsoles:
    def test_a_host_tells_where_it_logs(self, start_host: StartHost) -> None:
        instance, plugin = on_host('new'), Plugin()
        start_host(instance.host, Nova(), plugin)
        path = rpcapi.ComputeAPI(5).get_console_log_path(
            support.context(), instance.host, instance.uuid)
        assert (path, plugin.asked) == ('/log', [instance.uuid])

    @pytest.mark.parametrize('complete', [True, False])
    def test_a_host_takes_a_piece_whether_or_not_it_is_the_last(
            self, complete: bool, start_host: StartHost) -> None:
        instance, plugin = on_host('new'), Plugin()
        plugin.complete = complete
        start_host(instance.host, Nova(), plugin)
        taken = rpcapi.ComputeAPI(5).add_console_history(
            support.context(), instance.host, instance.uuid, **PIECE)
        assert taken is True
        assert plugin.asked == [(instance.uuid, PIECE)]

    @pytest.mark.parametrize('plugins', [[], [FirstPlugin()]], ids=['no plugin', 'an older one'])
    def test_a_host_that_knows_nothing_of_consoles_counts_as_one_without_the_plugin(
            self, plugins: list[Any], start_host: StartHost) -> None:
        instance = on_host('older')
        start_host(instance.host, Nova(), *plugins)
        api, context = rpcapi.ComputeAPI(5), support.context()
        assert api.add_console_history(context, instance.host, instance.uuid, **PIECE) is False
        assert api.get_console_log_path(context, instance.host, instance.uuid) is None

    def test_diagnostics_are_still_asked_of_an_older_plugin(self, start_host: StartHost) -> None:
        instance, nova = on_host('older'), Nova()
        start_host(instance.host, nova, FirstPlugin())
        assert ask(rpcapi.ComputeAPI(5), instance) == TOLD
        assert nova.asked == []

    def test_a_piece_that_is_refused_is_an_error_with_its_reason(
            self, start_host: StartHost) -> None:
        instance, plugin = on_host('new'), Plugin()
        plugin.error = ValueError('neither here nor on its way')
        start_host(instance.host, Nova(), plugin)
        with pytest.raises(ValueError, match='neither here nor on its way'):
            rpcapi.ComputeAPI(5).add_console_history(
                support.context(), instance.host, instance.uuid, **PIECE)

    def test_a_silent_host_is_not_waited_for(self, transport: Any) -> None:
        began = time.monotonic()
        with pytest.raises(exception.ComputeHostUnavailable):
            rpcapi.ComputeAPI(0.2).get_console_log_path(
                support.context(), 'silent', str(uuid.uuid4()))
        assert time.monotonic() - began < 1


class TestMetadata:
    @pytest.mark.parametrize('error', [None, ValueError('no domain')])
    def test_a_host_refreshes_it_and_a_failure_stays_there(
            self, error: Optional[Exception], start_host: StartHost) -> None:
        instance, plugin = on_host('new'), Plugin()
        plugin.error = error
        start_host(instance.host, Nova(), plugin)
        api = rpcapi.ComputeAPI(5)
        for _ in range(2):
            api.refresh_metadata(support.context(), instance.host, instance.uuid)
        assert plugin.asked == [instance.uuid] * 2

    @pytest.mark.parametrize('plugins', [[], [FirstPlugin()]], ids=['no plugin', 'an older one'])
    def test_a_host_that_cannot_is_left_alone_for_a_while(
            self, plugins: list[Any], start_host: StartHost, clock: Any) -> None:
        instance = on_host('older')
        endpoints = start_host(instance.host, Nova(), *plugins)
        api, context = rpcapi.ComputeAPI(5), support.context()
        api.refresh_metadata(context, instance.host, instance.uuid)
        plugin = Plugin()
        endpoints[:] = [Nova(), plugin]
        api.refresh_metadata(context, instance.host, instance.uuid)
        assert plugin.asked == []
        clock.now += rpcapi._STOCK_HOST_TTL + 1
        api.refresh_metadata(context, instance.host, instance.uuid)
        assert plugin.asked == [instance.uuid]

    def test_but_may_still_be_asked_for_diagnostics(self, start_host: StartHost) -> None:
        instance, nova = on_host('older'), Nova()
        start_host(instance.host, nova, FirstPlugin())
        api = rpcapi.ComputeAPI(5)
        api.refresh_metadata(support.context(), instance.host, instance.uuid)
        assert ask(api, instance) == TOLD
        assert nova.asked == []


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

    def test_a_refusal_of_a_piece_of_which_only_the_name_is_left_is_an_error(
            self, api: rpcapi.ComputeAPI, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(api, '_router', Client(messaging.RemoteError('ValueError', 'no')))
        with pytest.raises(messaging.RemoteError, match='ValueError'):
            api.add_console_history(support.context(), 'host1', 'uuid', **PIECE)

    def test_what_is_newer_goes_out_as_newer(
            self, api: rpcapi.ComputeAPI, monkeypatch: pytest.MonkeyPatch) -> None:
        client = Client('/log')
        monkeypatch.setattr(api, '_router', client)
        api.get_console_log_path(support.context(), 'host2', 'uuid')
        assert client.prepared == {'server': 'host2', 'version': '1.1', 'timeout': 7}
        client.prepared = {}
        api.add_console_history(support.context(), 'host2', 'uuid', **PIECE)
        assert client.prepared == {'server': 'host2', 'version': '1.1', 'timeout': 7}

    def test_every_call_has_the_hosts_name_and_the_bound(
            self, api: rpcapi.ComputeAPI, monkeypatch: pytest.MonkeyPatch) -> None:
        client = Client(ANSWER.obj_to_primitive())
        monkeypatch.setattr(api, '_router', client)
        assert ask(api, support.instance()) == TOLD
        assert client.prepared == {'server': 'host1', 'version': '1.0', 'timeout': 7}
