# SPDX-License-Identifier: Apache-2.0
"""What the client sends, and what it makes of what comes back."""

from __future__ import annotations

import time
from typing import Any

import pytest

from nova_ext.api import microversions
from nova_ext.cli import client, exceptions, versions
from tests.unit.cli.conftest import Cloud


def _page(name: str, ids: str, *, more: bool) -> tuple[int, Any]:
    body: dict[str, Any] = {name: [{'id': identity} for identity in ids], 'down_cells': []}
    if more:
        body[f'{name}_links'] = [{'rel': 'next', 'href': 'http://inside.example/servers'}]
    return 200, body


def test_it_knows_every_version_that_is_served() -> None:
    assert list(versions.VERSIONS) == microversions.VERSIONS


@pytest.mark.parametrize(('minimum', 'maximum', 'asked'), [
    ('1.0', '1.0', '1.0'), ('1.0', '1.1', '1.1'), ('1.0', '1.10', '1.1'), ('1.1', '2.0', '1.1')])
def test_the_newest_version_that_both_know_is_asked_for(
        cloud: Cloud, nova_ext: client.Client, minimum: str, maximum: str, asked: str) -> None:
    cloud.serves(minimum, maximum)
    cloud.answers['/servers/7/diagnostics'] = [(200, {'state': 'running'})]
    assert nova_ext.diagnostics('7') == {'state': 'running'}
    assert nova_ext.diagnostics('7') == {'state': 'running'}
    assert cloud.asked == [
        ('/nova-ext', {}, 'compute 2.88, nova-ext latest'),
        *[('/servers/7/diagnostics', {}, f'compute 2.88, nova-ext {asked}')] * 2]


def test_versions_are_numbers() -> None:
    assert versions.key('1.9') < versions.key('1.10') < versions.key('2.0')


def test_no_version_that_both_know(cloud: Cloud, nova_ext: client.Client) -> None:
    cloud.serves('1.2', '1.4')
    with pytest.raises(exceptions.NotServed, match=r'^This cloud serves nova-ext 1\.2 to 1\.4, '
                       r'this client knows 1\.0 to 1\.1: install the client of the newer one\.$'):
        nova_ext.diagnostics('7')


def test_the_compute_version_is_the_persons(cloud: Cloud) -> None:
    cloud.answers['/servers/7/diagnostics'] = [(200, {})]
    client.Client(cloud.adapter(default_microversion='2.53')).diagnostics('7')
    assert cloud.asked[-1][2] == 'compute 2.53, nova-ext 1.1'


def test_options_say_which_version_they_need(cloud: Cloud, nova_ext: client.Client) -> None:
    cloud.serves('1.0', '1.0')
    with pytest.raises(exceptions.NotServed) as refused:
        list(nova_ext.servers({'host_status': ['UP']}))
    assert str(refused.value) == (
        '--host-status needs nova-ext 1.1; this cloud serves it up to 1.0.')
    with pytest.raises(exceptions.NotServed, match=r'^--state needs nova-ext 1\.1;'):
        nova_ext.hypervisors({'state': 'up'})
    cloud.answers['/os-hypervisors/detail'] = [_page('hypervisors', 'a', more=False)]
    assert nova_ext.hypervisors({'state': None}) == ([{'id': 'a'}], [])


@pytest.mark.parametrize(('ask', 'instead'), [
    (lambda nova_ext: nova_ext.diagnostics('7'), 'openstack server show --diagnostics'),
    (lambda nova_ext: list(nova_ext.servers({})), 'openstack server list --long'),
    (lambda nova_ext: nova_ext.hypervisors({}), 'openstack compute service list')])
def test_a_cloud_without_nova_ext_or_without_the_operation(
        cloud: Cloud, ask: Any, instead: str) -> None:
    cloud.serves(operations=())
    with pytest.raises(exceptions.NotServed) as refused:
        ask(client.Client(cloud.adapter()))
    assert 'enabled_controllers' in str(refused.value)
    assert f'`{instead}`' in str(refused.value)
    cloud.answers = {}
    with pytest.raises(exceptions.NotServed) as refused:
        ask(client.Client(cloud.adapter()))
    assert str(refused.value).startswith('This cloud has no nova-ext: ')
    assert f'`{instead}`' in str(refused.value)
    assert not refused.value.temporary


def test_pages_are_followed_by_marker_with_the_same_query(
        cloud: Cloud, nova_ext: client.Client) -> None:
    cloud.answers['/servers/detail'] = [
        _page('servers', 'ab', more=True), _page('servers', 'cd', more=True),
        _page('servers', '', more=True)]  # it always links: it must not be asked for ever
    found = nova_ext.servers({'host_status': ['UP', 'DOWN'], 'all_tenants': 0})
    assert ''.join(server['id'] for server in found) == 'abcd'
    query = {'host_status': ['UP', 'DOWN']}
    assert [asked[1] for asked in cloud.asked[1:]] == [
        query, {**query, 'marker': ['b']}, {**query, 'marker': ['d']}]


def test_a_limit_above_the_apis_own_is_met_over_pages(
        cloud: Cloud, nova_ext: client.Client) -> None:
    cloud.answers['/servers/detail'] = [
        _page('servers', 'ab', more=True), _page('servers', 'c', more=True)]
    assert [server['id'] for server in nova_ext.servers({}, 3)] == ['a', 'b', 'c']
    assert [asked[1] for asked in cloud.asked[1:]] == [
        {'limit': ['3']}, {'limit': ['1'], 'marker': ['b']}]


def test_cells_that_are_down_are_told_once(cloud: Cloud, nova_ext: client.Client) -> None:
    cell = {'uuid': 'c2', 'name': 'cell2'}
    cloud.answers['/os-hypervisors/detail'] = [
        (200, {**_page('hypervisors', ids, more=ids == 'a')[1], 'down_cells': [cell]})
        for ids in ('a', 'b')]
    assert nova_ext.hypervisors({}) == ([{'id': 'a'}, {'id': 'b'}], [cell])


@pytest.mark.parametrize(('status', 'body', 'temporary', 'message'), [
    (403, {'forbidden': {'message': "Policy doesn't allow nova_ext:x."}}, False,
     "Policy doesn't allow nova_ext:x. (HTTP 403)"),
    (404, {'itemNotFound': {'message': 'Instance 7\ncould not be found.'}}, False,
     'Instance 7 could not be found. (HTTP 404)'),
    (503, {'serviceUnavailable': {'message': 'stack2 is down.'}}, True,
     'stack2 is down. (HTTP 503)'),
    (409, {'conflict': {'message': 'On no host.'}}, True, 'On no host. (HTTP 409)'),
    (502, b'<html>a proxy</html>', True, 'Bad Gateway (HTTP 502)'),
    (500, [], True, 'Internal Server Error (HTTP 500)')])
def test_errors_in_the_words_of_the_api(
        cloud: Cloud, nova_ext: client.Client, status: int, body: Any, temporary: bool,
        message: str) -> None:
    cloud.answers['/servers/7/diagnostics'] = [(status, body)]
    with pytest.raises(exceptions.Refused) as refused:
        nova_ext.diagnostics('7')
    assert str(refused.value).endswith(message)
    assert (refused.value.status, refused.value.temporary) == (status, temporary)


def test_an_api_that_is_not_there(cloud: Cloud) -> None:
    nowhere = client.Client(cloud.adapter())
    cloud.server_close()
    with pytest.raises(exceptions.NoAnswer, match='Unable to establish connection') as refused:
        nowhere.diagnostics('7')
    assert refused.value.temporary
    assert '\n' not in str(refused.value)


def test_an_api_that_is_silent(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = client.Client(cloud.adapter(), timeout=0.2)
    monkeypatch.setattr(cloud, 'finish_request', lambda *_: time.sleep(2))
    began = time.monotonic()
    with pytest.raises(exceptions.NoAnswer, match='timed out'):
        silent.diagnostics('7')
    assert time.monotonic() - began < 1.5
