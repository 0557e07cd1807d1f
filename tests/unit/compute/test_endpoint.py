# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import pytest

from nova_ext.compute import endpoint, rpcapi
from nova_ext.objects import diagnostics
from tests.unit import support

ANSWER = diagnostics.Diagnostics.unknown(state='running', driver='libvirt')


def collect(instance: Any) -> diagnostics.Diagnostics:
    return ANSWER


def test_it_answers_in_the_namespace_and_version_that_the_client_calls() -> None:
    target = endpoint.ComputeEndpoint(collect).target
    assert (target.namespace, target.version) == (rpcapi.NAMESPACE, rpcapi.VERSION)


@pytest.mark.parametrize(('asked', 'sent'), [('1.0', '1.0'), ('1.10', '1.0'), ('2.0', '1.0')])
def test_it_sends_the_newest_object_that_both_sides_know(asked: str, sent: str) -> None:
    primitive = endpoint.ComputeEndpoint(collect).get_diagnostics(None, object(), asked)
    assert primitive['nova_ext_object.version'] == sent
    arrived = diagnostics.Diagnostics.obj_from_primitive(primitive)
    assert support.values(arrived) == support.values(ANSWER)


@pytest.mark.parametrize(('one', 'other', 'older'), [
    ('1.2', '1.10', '1.2'), ('2.0', '1.10', '1.10'), ('1.1', '1.1', '1.1')])
def test_versions_are_compared_as_numbers(one: str, other: str, older: str) -> None:
    assert endpoint._older(one, other) == endpoint._older(other, one) == older


def test_nova_need_not_wait_for_a_question_when_it_stops() -> None:
    method = endpoint.ComputeEndpoint(collect).get_diagnostics
    assert getattr(method, '_skip_automatic_rpc_tracking', False) is True
