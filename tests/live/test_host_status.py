# SPDX-License-Identifier: Apache-2.0
"""A host in each of its states, as an administrator, a reader with the rule and a member see it.

What a silent nova-compute looks like is in test_silent_host.py.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests.live import nova_api, operating, seeing
from tests.live.seeing import Look, Subject

pytestmark = pytest.mark.usefixtures('readers_may_see')

REASON = 'its fan is loud'


def _in_hours(hours: int) -> str:
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(hours=hours)).strftime('%Y-%m-%dT%H:%M:%SZ')


def _window(start: str | None, end: str | None) -> seeing.Window:
    return {'start': start, 'end': end}


@pytest.mark.essential
def test_up(api: Api, reader: Api, member: Api, subject: Subject) -> None:
    seeing.check_table(api, reader, member, subject, Look('UP'))


@pytest.mark.essential
def test_disabled(api: Api, reader: Api, member: Api, subject: Subject) -> None:
    with operating.disabled(api, subject.host, REASON):
        seeing.check_table(api, reader, member, subject, Look(
            'MAINTENANCE', status='disabled', reason=REASON))


@pytest.mark.essential
def test_forced_down(api: Api, reader: Api, member: Api, subject: Subject) -> None:
    with operating.forced_down(api, subject.host):
        seeing.check_table(api, reader, member, subject, Look(
            'DOWN', state='down', forced_down=True))


def test_forced_down_says_more_than_disabled(
        api: Api, reader: Api, member: Api, subject: Subject) -> None:
    with operating.disabled(api, subject.host), operating.forced_down(api, subject.host):
        seeing.check_table(api, reader, member, subject, Look(
            'DOWN', state='down', status='disabled', forced_down=True))


def test_in_an_open_window_of_maintenance(
        api: Api, reader: Api, member: Api, subject: Subject) -> None:
    start, end = _in_hours(-1), _in_hours(1)
    with operating.announced(api, subject.host, f'{start}/{end}'):
        seeing.check_table(api, reader, member, subject, Look(
            'NEEDS_MAINTENANCE', maintenance=_window(start, end)))


def test_with_maintenance_announced_for_later(
        api: Api, reader: Api, member: Api, subject: Subject) -> None:
    start = _in_hours(5)
    with operating.announced(api, subject.host, start):
        seeing.check_table(api, reader, member, subject, Look(
            'NEEDS_MAINTENANCE', maintenance=_window(start, None)))


def test_with_maintenance_announced_for_no_certain_time(
        api: Api, reader: Api, member: Api, subject: Subject) -> None:
    with operating.announced(api, subject.host, 'true'):
        seeing.check_table(api, reader, member, subject, Look(
            'NEEDS_MAINTENANCE', maintenance=_window(None, None)))


def test_after_maintenance_is_over(
        api: Api, reader: Api, member: Api, subject: Subject) -> None:
    with operating.announced(api, subject.host, f'{_in_hours(-5)}/{_in_hours(-1)}'):
        seeing.check_table(api, reader, member, subject, Look('UP'))


def test_disabled_for_the_announced_maintenance(
        api: Api, reader: Api, member: Api, subject: Subject) -> None:
    start = _in_hours(-1)
    with operating.announced(api, subject.host, f'{start}/..'), \
            operating.disabled(api, subject.host, REASON):
        seeing.check_table(api, reader, member, subject, Look(
            'MAINTENANCE', status='disabled', reason=REASON, maintenance=_window(start, None)))


def test_the_first_of_two_announcements_is_shown(api: Api, subject: Subject) -> None:
    soon, later = _in_hours(1), _in_hours(3)
    with operating.announced(api, subject.host, f'{later}/'), \
            operating.announced(api, subject.host, f'{soon}/{later}'):
        seeing.check_servers(api, subject, Look(
            'NEEDS_MAINTENANCE', maintenance=_window(soon, later)), ('2.90',))


@pytest.mark.parametrize('change, seen', [
    (operating.disabled, ('MAINTENANCE', 'disabled', False)),
    (operating.forced_down, ('DOWN', 'enabled', True))])
def test_every_change_shows_in_the_next_request(
        api: Api, subject: Subject, change: Callable[[Api, str], AbstractContextManager[None]],
        seen: tuple[str, str, bool]) -> None:
    def look() -> tuple[str, str, bool]:
        [server] = subject.found(api, 'detail', nova_ext='1.1')
        [hypervisor] = [
            found for found in api.get('/os-hypervisors', nova_ext='1.1')['hypervisors']
            if found['hypervisor_hostname'] == subject.host]
        return server['host_status'], hypervisor['status'], hypervisor['forced_down']

    for _ in range(3):
        with change(api, subject.host):
            assert look() == seen
        assert look() == ('UP', 'enabled', False)


def test_announcing_and_taking_back_show_in_the_next_request(
        api: Api, subject: Subject) -> None:
    for _ in range(3):
        with operating.announced(api, subject.host, 'yes'):
            seeing.check_filter(api, subject, Look('NEEDS_MAINTENANCE'))
        seeing.check_filter(api, subject, Look('UP'))


def test_a_reader_without_the_rule_sees_no_status(reader: Api, subject: Subject) -> None:
    """Which is Nova's default."""
    with nova_api.ruled({}):
        for nova_ext in ('1.0', '1.1'):
            for server in subject.shown(reader, ('2.1', '2.90'), nova_ext):
                assert not {'host_status', 'host_maintenance'} & server.keys()
        refused = reader.request('GET', '/servers?host_status=UP', nova_ext='1.1')
        assert refused.status_code == 403


def test_a_server_on_no_host_has_an_empty_status(api: Api) -> None:
    """No host has room for it."""
    api.call('POST', '/flavors', {'flavor': {
        'name': 'vast', 'id': 'vast', 'ram': 4000000, 'vcpus': 1, 'disk': 0}})
    try:
        nowhere = Guest.boot(api, flavor='vast', name='nowhere', wait=False)
        try:
            nowhere.wait_status('ERROR')
            found = Subject(host='', server=nowhere.id, name='nowhere')
            for server in found.shown(api, seeing.MICROVERSIONS, '1.1'):
                assert server['host_status'] == ''
                assert server['host_maintenance'] is None
            everything = ''.join(f'&host_status={status}' for status in seeing.STATUSES)
            assert not found.found(api, query=everything, nova_ext='1.1')
        finally:
            nowhere.delete()
    finally:
        api.call('DELETE', '/flavors/vast')
