# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any, Optional

import pytest
import webob
from nova import exception as nova_exception
from nova.compute import api as nova_compute
from oslo_policy import policy as oslo_policy

from nova_ext import exception, policy
from nova_ext.api import filter as nova_ext_filter
from nova_ext.api import router
from nova_ext.api.controllers import diagnostics as controller
from nova_ext.compute import hosts, rpcapi
from nova_ext.objects import diagnostics
from tests.unit import support


class Compute:
    """Nova's compute API with one server, or an error instead of any."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.error: Optional[Exception] = None
        self.fetched: list[tuple[str, list[str]]] = []

    def _get_instance(self, context: Any, server_id: str, expected_attrs: list[str]) -> Any:
        self.fetched.append((server_id, expected_attrs))
        if self.error is not None:
            raise self.error
        if server_id != self.server.uuid:
            raise nova_exception.InstanceNotFound(instance_id=server_id)
        return self.server


class Hosts:
    """Service records, all of them well unless told otherwise."""

    def __init__(self) -> None:
        self.down: Optional[str] = None

    def check_reachable(self, context: Any, host: str) -> None:
        if self.down is not None:
            raise exception.ComputeHostUnavailable(host, self.down)


class Rpc:
    """A compute host that answers or fails."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.answer: Callable[[], diagnostics.Diagnostics] = known

    def get_diagnostics(self, context: Any, instance: Any) -> diagnostics.Diagnostics:
        self.asked.append((context, instance))
        return self.answer()


class Cloud:
    """The filter with the real controller and policy over fakes of the rest."""

    def __init__(self, conf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server = support.instance()
        self.compute = Compute(self.server)
        self.hosts = Hosts()
        self.rpc = Rpc()
        monkeypatch.setattr(nova_compute, 'API', lambda: self.compute)
        monkeypatch.setattr(hosts, 'ComputeHosts', lambda: self.hosts)
        monkeypatch.setattr(rpcapi, 'ComputeAPI', lambda timeout: self.rpc)
        routes = controller.DiagnosticsController(conf, policy.Policy(conf)).routes()
        self.app = nova_ext_filter.Filter(_unreachable, router.Router(routes))

    def ask(
            self, server_id: Optional[str] = None, context: Any = None,
            query: str = '') -> webob.Response:
        request = webob.Request.blank(
            f'/servers/{server_id or self.server.uuid}/diagnostics{query}',
            headers={'OpenStack-API-Version': 'compute 2.90, nova-ext 1.0'})
        request.environ['nova.context'] = context or support.admin()
        return request.get_response(self.app)


def _unreachable(environ: Any, start_response: Any) -> Any:
    raise AssertionError('the request went to Nova')


def known() -> diagnostics.Diagnostics:
    return diagnostics.Diagnostics(
        state='running', driver='libvirt', hypervisor='kvm', hypervisor_os='debian', uptime=7,
        num_cpus=1, num_nics=1, num_disks=1,
        cpu_details=[diagnostics.CpuDiagnostics(id=0, time=17, utilisation=15)],
        nic_details=[diagnostics.NicDiagnostics(
            mac_address='fa:16:3e:00:00:01', rx_octets=1, rx_errors=2, rx_drop=3, rx_packets=4,
            rx_rate=5, tx_octets=6, tx_errors=7, tx_drop=8, tx_packets=9, tx_rate=None)],
        disk_details=[diagnostics.DiskDiagnostics(
            read_bytes=1, read_requests=2, write_bytes=3, write_requests=4, errors_count=None)],
        memory_details=diagnostics.MemoryDiagnostics(maximum=128, used=40),
        config_drive=False)


@pytest.fixture
def policy_file(conf: Any, tmp_path: pathlib.Path) -> pathlib.Path:
    """The policy file that Nova's configuration names."""
    oslo_policy.Enforcer(conf)  # registers the option
    path = tmp_path / 'policy.yaml'
    path.write_text('{}')
    conf.set_override('policy_file', str(path), 'oslo_policy')
    return path


@pytest.fixture
def cloud(conf: Any, policy_file: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    return Cloud(conf, monkeypatch)


def message(response: webob.Response, status: int) -> str:
    assert response.status_int == status, response.body
    content, = response.json_body.values()
    return str(content['message'])


def test_every_key_is_answered_in_the_order_of_the_specification(cloud: Cloud) -> None:
    response = cloud.ask()
    assert response.status_int == 200
    body = response.json_body
    assert list(body) == [
        'state', 'driver', 'hypervisor', 'hypervisor_os', 'uptime', 'num_cpus', 'num_nics',
        'num_disks', 'cpu_details', 'nic_details', 'disk_details', 'memory_details',
        'config_drive']
    assert body['state'] == 'running'
    assert body['config_drive'] is False
    assert body['cpu_details'] == [{'id': 0, 'time': 17, 'utilisation': 15}]
    assert body['nic_details'] == [{
        'mac_address': 'fa:16:3e:00:00:01', 'rx_octets': 1, 'rx_errors': 2, 'rx_drop': 3,
        'rx_packets': 4, 'rx_rate': 5, 'tx_octets': 6, 'tx_errors': 7, 'tx_drop': 8,
        'tx_packets': 9, 'tx_rate': None}]
    assert body['disk_details'] == [{
        'read_bytes': 1, 'read_requests': 2, 'write_bytes': 3, 'write_requests': 4,
        'errors_count': None}]
    assert body['memory_details'] == {'maximum': 128, 'used': 40}


def test_what_is_unknown_is_null_and_no_key_is_left_out(cloud: Cloud) -> None:
    cloud.rpc.answer = lambda: diagnostics.Diagnostics.unknown(state='shutdown')
    response = cloud.ask()
    assert response.status_int == 200
    assert response.json_body == {
        **dict.fromkeys(diagnostics.Diagnostics.fields), 'state': 'shutdown'}


def test_the_host_is_asked_about_the_server_in_the_callers_name(cloud: Cloud) -> None:
    caller = support.admin()
    cloud.ask(context=caller)
    assert cloud.rpc.asked == [(caller, cloud.server)]


def test_no_query_parameter_is_known(cloud: Cloud) -> None:
    assert 'Unknown query parameter' in message(cloud.ask(query='?verbose=1'), 400)
    assert cloud.rpc.asked == []


def test_a_server_that_does_not_exist_is_not_found(cloud: Cloud) -> None:
    for unknown in ('0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1', 'nonsense'):
        assert unknown in message(cloud.ask(unknown), 404)


def test_what_can_be_no_servers_id_is_not_looked_for(cloud: Cloud) -> None:
    cloud.ask('nonsense')
    assert cloud.compute.fetched == []


def test_the_server_is_fetched_once_and_without_what_nobody_looks_at(cloud: Cloud) -> None:
    cloud.ask()
    assert cloud.compute.fetched == [(cloud.server.uuid, [])]


def test_a_server_that_goes_while_its_host_is_asked_is_not_found(cloud: Cloud) -> None:
    def gone() -> diagnostics.Diagnostics:
        raise nova_exception.InstanceNotFound(instance_id=cloud.server.uuid)

    cloud.rpc.answer = gone
    assert cloud.server.uuid in message(cloud.ask(), 404)


def test_a_server_on_no_host_is_a_conflict_that_names_its_state(cloud: Cloud) -> None:
    cloud.server.host = None
    cloud.server.vm_state = 'shelved_offloaded'
    assert 'shelved_offloaded' in message(cloud.ask(), 409)
    assert cloud.rpc.asked == []


def test_a_host_that_is_down_is_named_and_not_asked(cloud: Cloud) -> None:
    cloud.hosts.down = 'an operator has forced it down'
    assert message(cloud.ask(), 503) == (
        'Compute host host1 cannot be asked: an operator has forced it down.')
    assert cloud.rpc.asked == []


def test_a_host_that_is_silent_is_named(cloud: Cloud) -> None:
    def silent() -> diagnostics.Diagnostics:
        raise exception.ComputeHostUnavailable('host1', 'it did not answer')

    cloud.rpc.answer = silent
    assert message(cloud.ask(), 503) == 'Compute host host1 cannot be asked: it did not answer.'


def test_a_cell_that_is_down_is_unavailable(cloud: Cloud) -> None:
    cloud.compute.error = nova_exception.NovaException('Cell 1 is not responding.')
    assert message(cloud.ask(), 503) == 'Cell 1 is not responding.'


def test_another_error_of_novas_is_not_mistaken_for_a_cell_that_is_down(cloud: Cloud) -> None:
    cloud.compute.error = nova_exception.CellTimeout()
    with pytest.raises(nova_exception.CellTimeout):
        cloud.ask()


class TestPolicy:
    def test_only_an_administrator_may_ask_by_default(self, cloud: Cloud) -> None:
        assert 'nova_ext:diagnostics:show' in message(cloud.ask(context=support.context()), 403)
        assert cloud.rpc.asked == []
        assert cloud.ask(context=support.admin()).status_int == 200

    def test_the_policy_file_may_let_the_owner_ask(
            self, cloud: Cloud, policy_file: pathlib.Path) -> None:
        policy_file.write_text('"nova_ext:diagnostics:show": "project_id:%(project_id)s"\n')
        assert cloud.ask(context=support.context()).status_int == 200
        assert cloud.ask(context=support.context(project_id='c' * 32)).status_int == 403

    def test_novas_own_rule_for_diagnostics_changes_nothing(
            self, conf: Any, policy_file: pathlib.Path,
            monkeypatch: pytest.MonkeyPatch) -> None:
        policy_file.write_text('"os_compute_api:os-server-diagnostics": "@"\n')
        assert Cloud(conf, monkeypatch).ask(context=support.context()).status_int == 403

    def test_who_may_not_ask_learns_nothing_about_the_host(self, cloud: Cloud) -> None:
        cloud.server.host = None
        assert cloud.ask(context=support.context()).status_int == 403
