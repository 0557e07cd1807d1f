# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import datetime
from typing import Any

import pytest
from nova import exception as nova_exception

from nova_ext import exception
from nova_ext.compute import hosts
from tests.unit import support

LONG_AGO = datetime.datetime(2024, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc)


@pytest.fixture
def record(conf: Any, nova_objects: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The service record of the host that is asked about, well unless a test changes it."""
    now = datetime.datetime.now(datetime.timezone.utc)
    service = nova_objects.Service(
        host='host1', binary='nova-compute', topic='compute', disabled=False,
        forced_down=False, report_count=1, last_seen_up=now, updated_at=now, created_at=LONG_AGO)

    def get(context: Any, host: str) -> Any:
        if host != service.host:
            raise nova_exception.ComputeHostNotFound(host=host)
        return service

    monkeypatch.setattr(nova_objects.Service, 'get_by_compute_host', get)
    return service


def reason(host: str = 'host1') -> str:
    """Why the host cannot be asked; empty when it can."""
    try:
        hosts.ComputeHosts().check_reachable(support.context(), host)
    except exception.ComputeHostUnavailable as error:
        return str(error)
    return ''


def test_a_host_that_reported_lately_can_be_asked(record: Any) -> None:
    assert reason() == ''


def test_a_disabled_host_that_is_up_can_be_asked(record: Any) -> None:
    record.disabled = True
    assert reason() == ''


def test_a_host_forced_down_cannot_though_it_reports(record: Any) -> None:
    record.forced_down = True
    assert reason() == 'Compute host host1 cannot be asked: an operator has forced it down.'


def test_a_host_not_seen_lately_cannot_and_since_when_is_told(record: Any) -> None:
    record.last_seen_up = LONG_AGO
    assert reason() == ('Compute host host1 cannot be asked: nova-compute was last seen up at '
                        '2024-02-03T04:05:06Z.')


def test_a_host_that_never_reported_was_last_seen_when_it_was_registered(record: Any) -> None:
    record.last_seen_up = record.updated_at = None
    assert 'last seen up at 2024-02-03T04:05:06Z' in reason()


def test_a_host_of_which_no_time_is_known_is_not_an_error(
        record: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = hosts.ComputeHosts()
    record.last_seen_up = record.updated_at = record.created_at = None
    monkeypatch.setattr(checked._servicegroup, 'service_is_up', lambda service: False)
    with pytest.raises(exception.ComputeHostUnavailable, match='at no known time'):
        checked.check_reachable(support.context(), 'host1')


def test_a_host_without_a_record_cannot(record: Any) -> None:
    assert reason('host2') == (
        'Compute host host2 cannot be asked: it has no nova-compute service record.')
