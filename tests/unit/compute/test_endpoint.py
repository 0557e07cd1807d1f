# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

import pytest

from nova_ext.compute import endpoint, rpcapi
from nova_ext.objects import diagnostics
from tests.unit import support

ANSWER = diagnostics.Diagnostics.unknown(state='running', driver='libvirt')


class Histories:
    """Takes any piece and remembers it."""

    def __init__(self) -> None:
        self.taken: list[Any] = []

    def get_log_path(self, context: Any, instance_uuid: str) -> str:
        return f'/log/{context}/{instance_uuid}'

    def add(self, context: Any, instance_uuid: str, *, transfer: str, number: int, total: int,
            data: str) -> bool:
        self.taken.append((context, instance_uuid, transfer, number, total, data))
        return len(self.taken) == total


def made(
        histories: Optional[Histories] = None,
        refresh_metadata: Optional[Callable[[str], bool]] = None) -> endpoint.ComputeEndpoint:
    return endpoint.ComputeEndpoint(
        collect, histories or Histories(), refresh_metadata or (lambda uuid: True))


def collect(instance: Any) -> diagnostics.Diagnostics:
    return ANSWER


def test_it_answers_in_the_namespace_and_version_that_the_client_calls() -> None:
    target = made().target
    assert (target.namespace, target.version) == (rpcapi.NAMESPACE, rpcapi.VERSION)


@pytest.mark.parametrize(('asked', 'sent'), [('1.0', '1.0'), ('1.10', '1.0'), ('2.0', '1.0')])
def test_it_sends_the_newest_object_that_both_sides_know(asked: str, sent: str) -> None:
    primitive = made().get_diagnostics(None, object(), asked)
    assert primitive['nova_ext_object.version'] == sent
    arrived = diagnostics.Diagnostics.obj_from_primitive(primitive)
    assert support.values(arrived) == support.values(ANSWER)


@pytest.mark.parametrize(('one', 'other', 'older'), [
    ('1.2', '1.10', '1.2'), ('2.0', '1.10', '1.10'), ('1.1', '1.1', '1.1')])
def test_versions_are_compared_as_numbers(one: str, other: str, older: str) -> None:
    assert endpoint._older(one, other) == endpoint._older(other, one) == older


@pytest.mark.parametrize(('method', 'skipped'), [
    ('get_diagnostics', True), ('get_console_log_path', True), ('add_console_history', False),
    ('refresh_metadata', False)])
def test_nova_need_not_wait_for_a_question_when_it_stops_but_for_what_writes(
        method: str, skipped: bool) -> None:
    assert getattr(
        getattr(made(), method), '_skip_automatic_rpc_tracking', False) is skipped


def test_it_tells_where_a_console_is_logged() -> None:
    assert made().get_console_log_path('context', 'uuid') == '/log/context/uuid'


def test_it_hands_on_pieces_of_histories_and_what_becomes_of_them() -> None:
    histories = Histories()
    answers = [
        made(histories).add_console_history('context', 'uuid', 'transfer', number, 2, 'data')
        for number in range(2)]
    assert answers == [False, True]
    assert histories.taken == [
        ('context', 'uuid', 'transfer', number, 2, 'data') for number in range(2)]


@pytest.mark.parametrize('changed', [True, False])
def test_it_tells_whether_metadata_had_changed(changed: bool) -> None:
    asked = []

    def refresh(uuid: str) -> bool:
        asked.append(uuid)
        return changed

    assert made(refresh_metadata=refresh).refresh_metadata('context', 'uuid') is changed
    assert asked == ['uuid']


def test_metadata_that_cannot_be_refreshed_is_a_warning(
        caplog: pytest.LogCaptureFixture) -> None:
    def refresh(uuid: str) -> bool:
        raise RuntimeError('libvirt is away')

    assert made(refresh_metadata=refresh).refresh_metadata('context', 'uuid') is False
    assert 'could not be refreshed: RuntimeError: libvirt is away' in caplog.text
