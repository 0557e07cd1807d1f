# SPDX-License-Identifier: Apache-2.0
"""A host whose nova-compute has crashed: nobody knows how it is, and nobody says more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.client.api import Api
from tests.live import nova_api, operating, seeing
from tests.live.conftest import STOCK_HOST
from tests.live.seeing import Look, Subject

pytestmark = pytest.mark.usefixtures('silent')

UNKNOWN = Look('UNKNOWN', state='down')

#: Lets members know that a host is silent, and nothing else.
UNKNOWN_ONLY = {
    'os_compute_api:servers:show:host_status:unknown-only': 'rule:admin_api or role:member'}


@pytest.fixture(scope='module')
def silent(api: Api, stock_subject: Subject) -> Iterator[None]:
    with operating.without_compute(api, STOCK_HOST):
        yield


def _statuses(api: Api, subject: Subject) -> set[object]:
    """What the server says of its host in all its representations; None: nothing."""
    return {server.get('host_status') for nova_ext in ('1.0', '1.1')
            for server in subject.shown(api, ('2.1', '2.90'), nova_ext)}


@pytest.mark.usefixtures('readers_may_see')
def test_stopped(api: Api, reader: Api, member: Api, stock_subject: Subject) -> None:
    seeing.check_table(api, reader, member, stock_subject, UNKNOWN)


@pytest.mark.usefixtures('readers_may_see')
def test_disabled_and_stopped(
        api: Api, reader: Api, member: Api, stock_subject: Subject) -> None:
    with operating.disabled(api, stock_subject.host, 'until it is repaired'):
        seeing.check_table(api, reader, member, stock_subject, Look(
            'MAINTENANCE', state='down', status='disabled', reason='until it is repaired'))


@pytest.mark.usefixtures('readers_may_see')
def test_forced_down_and_stopped(
        api: Api, reader: Api, member: Api, stock_subject: Subject) -> None:
    with operating.forced_down(api, stock_subject.host):
        seeing.check_table(api, reader, member, stock_subject, Look(
            'DOWN', state='down', forced_down=True))


def test_an_announcement_does_not_hide_that_it_is_silent(
        api: Api, stock_subject: Subject) -> None:
    with operating.announced(api, stock_subject.host, 'true'):
        seeing.check_servers(api, stock_subject, Look(
            'UNKNOWN', maintenance={'start': None, 'end': None}), ('2.90',))


def test_last_seen_up_stands_still_whatever_an_operator_changes(
        api: Api, stock_subject: Subject) -> None:
    def last_seen_up() -> str:
        [found] = api.get(f'/os-hypervisors?hypervisor_hostname_pattern={stock_subject.host}',
                          nova_ext='1.1')['hypervisors']
        return str(found['last_seen_up'])

    before = last_seen_up()
    with operating.forced_down(api, stock_subject.host):
        assert last_seen_up() == before


def test_members_with_the_unknown_only_rule_see_unknown_and_nothing_else(
        api: Api, member: Api, stock_subject: Subject) -> None:
    assert _statuses(member, stock_subject) == {None}
    with nova_api.ruled(UNKNOWN_ONLY):
        assert _statuses(member, stock_subject) == {'UNKNOWN'}
        for server in stock_subject.shown(member, ('2.90',), '1.1'):
            assert 'host_maintenance' not in server
        with operating.disabled(api, stock_subject.host):
            assert _statuses(member, stock_subject) == {None}
        with operating.forced_down(api, stock_subject.host):
            assert _statuses(member, stock_subject) == {None}
        assert _statuses(member, stock_subject) == {'UNKNOWN'}


def test_members_with_the_unknown_only_rule_may_filter_by_unknown_only(
        member: Api, stock_subject: Subject) -> None:
    with nova_api.ruled(UNKNOWN_ONLY):
        for form in ('', 'detail'):
            [found] = stock_subject.found(member, form, '&host_status=UNKNOWN', nova_ext='1.1')
            assert found['id'] == stock_subject.server
        for query in ('host_status=UP', 'host_status=UNKNOWN&host_status=DOWN'):
            refused = member.request('GET', f'/servers?{query}', nova_ext='1.1')
            assert refused.status_code == 403
