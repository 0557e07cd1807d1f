# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import contextlib
import threading
import types
import uuid
from collections.abc import Iterator
from typing import Any, Optional

import pytest
from nova import context as nova_context
from nova import exception as nova_exception
from nova import objects

from nova_ext import exception
from nova_ext.api import filter as nova_ext_filter
from nova_ext.api import renames, router
from nova_ext.compute import hosts as compute_hosts
from nova_ext.compute import rpcapi
from tests.unit import support

SERVER = '0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1'
PROJECT = 'a' * 32


class Hosts:
    """Nova's records and the compute hosts, with a record of who was told what."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.host: Optional[str] = 'host1'
        self.cell: Any = 'cell1'
        self.error: Optional[Exception] = None
        self.may_answer = threading.Event()
        self.may_answer.set()

    def mapping(self, context: Any, server_id: str) -> Any:
        assert context.is_admin
        return types.SimpleNamespace(cell_mapping=self.cell)

    @contextlib.contextmanager
    def target(self, context: Any, cell: Any) -> Iterator[Any]:
        yield f'in {cell}'

    def instance(self, context: Any, server_id: str, expected_attrs: Any) -> Any:
        return support.instance(uuid=server_id, host=self.host)

    def check(self, hosts: Any, context: Any, host: str) -> None:
        if self.error:
            error, self.error = self.error, None
            raise error

    def refresh(self, api: Any, context: Any, host: str, server_id: str) -> None:
        self.may_answer.wait(5)
        self.told.append((context, host, server_id))


@pytest.fixture
def hosts(transport: Any, monkeypatch: pytest.MonkeyPatch) -> Hosts:
    made = Hosts()
    monkeypatch.setattr(objects.InstanceMapping, 'get_by_instance_uuid', made.mapping)
    monkeypatch.setattr(objects.Instance, 'get_by_uuid', made.instance)
    monkeypatch.setattr(nova_context, 'target_cell', made.target)
    monkeypatch.setattr(compute_hosts.ComputeHosts, 'check_reachable',
                        lambda self, context, host: made.check(self, context, host))
    monkeypatch.setattr(
        rpcapi.ComputeAPI, 'refresh_metadata',
        lambda self, context, host, server_id: made.refresh(self, context, host, server_id))
    return made


@pytest.fixture
def watcher(hosts: Hosts, conf: Any) -> renames.Renames:
    return renames.Renames(conf)


def ask(watcher: renames.Renames, path: str = f'/servers/{SERVER}', method: str = 'PUT',
        status: str = '200 OK', **environ: Any) -> tuple[Any, ...]:
    """What a client is answered over a Nova that answers with that status."""
    started: list[Any] = []

    def stock(environ: Any, start_response: Any) -> list[bytes]:
        start_response(status, [('X', '1')])
        return [b'stock']

    app = nova_ext_filter.Filter(stock, router.Router([]), None, watcher)
    body = app({'REQUEST_METHOD': method, 'PATH_INFO': path, 'wsgi.url_scheme': 'http',
                'SERVER_NAME': 'nova', 'SERVER_PORT': '80', **environ},
               lambda *arguments: started.append(arguments))
    return (*started, list(body))


UNTOUCHED = (('200 OK', [('X', '1')]), [b'stock'])


@pytest.mark.parametrize('path', [f'/servers/{SERVER}', f'/{PROJECT}/servers/{SERVER}',
                                  f'/servers/{SERVER}/'])
@pytest.mark.parametrize('environ', [
    {}, {'HTTP_OPENSTACK_API_VERSION': 'nova-ext 1.0'}, {'openstack.legacy_v2': True}],
    ids=['stock', 'ours', 'legacy'])
def test_a_renamed_servers_host_is_told(
        path: str, environ: Any, watcher: renames.Renames, hosts: Hosts) -> None:
    answer = ask(watcher, path, **environ)
    assert answer[-1] == [b'stock']
    assert support.eventually(lambda: hosts.told == [('in cell1', 'host1', SERVER)])


@pytest.mark.parametrize(('path', 'method', 'status'), [
    (f'/servers/{SERVER}', 'GET', '200 OK'), (f'/servers/{SERVER}', 'PUT', '404 Not Found'),
    (f'/servers/{SERVER}', 'PUT', '500 Error'), (f'/servers/{SERVER}/metadata', 'PUT', '200 OK'),
    ('/servers/detail', 'PUT', '200 OK'), (f'/os-services/{SERVER}', 'PUT', '200 OK'),
    (f'/servers/{SERVER}/os-volume_attachments/{SERVER}', 'PUT', '200 OK')])
def test_nobody_is_told_of_anything_else(
        path: str, method: str, status: str, watcher: renames.Renames, hosts: Hosts) -> None:
    assert ask(watcher, path, method, status)[0][0] == status
    assert watcher._worker is None


def test_the_client_does_not_wait_for_the_host(
        watcher: renames.Renames, hosts: Hosts) -> None:
    hosts.may_answer.clear()
    assert ask(watcher) == ask(watcher) == UNTOUCHED
    assert hosts.told == []
    hosts.may_answer.set()
    assert support.eventually(lambda: len(hosts.told) == 2)


@pytest.mark.parametrize('error', [
    exception.ComputeHostUnavailable('host1', 'it is down'), RuntimeError('anything'),
    nova_exception.InstanceNotFound(instance_id=SERVER)])
def test_a_failure_is_logged_and_the_next_is_told(
        error: Exception, watcher: renames.Renames, hosts: Hosts,
        caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level('INFO')
    hosts.error = error
    assert ask(watcher) == ask(watcher) == UNTOUCHED
    assert support.eventually(lambda: len(hosts.told) == 1)
    assert 'The host is not told that it has another name' in caplog.text


@pytest.mark.parametrize('what', ['host', 'cell'])
def test_a_server_that_is_nowhere_is_nobodys(
        what: str, watcher: renames.Renames, hosts: Hosts) -> None:
    before = getattr(hosts, what)
    setattr(hosts, what, None)
    ask(watcher)
    assert support.eventually(lambda: watcher._waiting.empty())
    setattr(hosts, what, before)
    other = str(uuid.uuid4())
    ask(watcher, f'/servers/{other}')
    assert support.eventually(lambda: hosts.told[-1:] == [('in cell1', 'host1', other)])


def test_more_than_can_wait_are_left_to_their_hosts(
        watcher: renames.Renames, hosts: Hosts, monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture) -> None:
    hosts.may_answer.clear()
    watcher._waiting.maxsize = 1
    for _ in range(4):
        assert ask(watcher) == UNTOUCHED
    assert 'Full' in caplog.text
    hosts.may_answer.set()
    assert support.eventually(lambda: len(hosts.told) >= 1)
