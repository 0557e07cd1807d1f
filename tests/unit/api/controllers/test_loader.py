# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import pytest

from nova_ext import exception, policy
from nova_ext.api.controllers import base, diagnostics, host_status, hypervisors, loader


@pytest.fixture
def authority(conf: Any) -> policy.Policy:
    return policy.Policy(conf)


def test_the_default_controllers_load(
        transport: Any, conf: Any, authority: policy.Policy) -> None:
    controllers = loader.load(conf, authority)
    assert [type(controller) for controller in controllers] == [
        diagnostics.DiagnosticsController, host_status.HostStatusController,
        hypervisors.HypervisorsController]
    assert len(controllers) == len(conf.nova_ext.enabled_controllers)
    routes = [route for controller in controllers for route in controller.routes()]
    assert all(isinstance(route, base.Route) for route in routes)
    assert len({(route.method, route.path) for route in routes}) == len(routes) > 0


def test_none_need_be_enabled(conf: Any, authority: policy.Policy) -> None:
    conf.set_override('enabled_controllers', [], 'nova_ext')
    assert loader.load(conf, authority) == []


def test_an_unknown_name_is_named(conf: Any, authority: policy.Policy) -> None:
    conf.set_override('enabled_controllers', ['diagnostcis'], 'nova_ext')
    with pytest.raises(exception.ControllerNotFound) as caught:
        loader.load(conf, authority)
    assert 'names diagnostcis, which no entry point' in str(caught.value)


def test_every_unknown_name_is_named_beside_good_ones(
        transport: Any, conf: Any, authority: policy.Policy) -> None:
    conf.set_override('enabled_controllers', ['zebra', 'diagnostics', 'ape'], 'nova_ext')
    with pytest.raises(exception.ControllerNotFound, match='names ape, zebra, which'):
        loader.load(conf, authority)


def test_a_controller_that_cannot_be_made_is_named_with_the_reason(
        conf: Any, authority: policy.Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> None:
        raise RuntimeError('no message bus')

    monkeypatch.setattr(diagnostics, 'DiagnosticsController', broken)
    conf.set_override('enabled_controllers', ['diagnostics'], 'nova_ext')
    with pytest.raises(exception.ControllerNotFound) as caught:
        loader.load(conf, authority)
    assert str(caught.value) == (
        'The controller diagnostics in [nova_ext] enabled_controllers does not load: '
        'RuntimeError: no message bus')
