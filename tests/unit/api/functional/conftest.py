# SPDX-License-Identifier: Apache-2.0
"""Nova's own API over databases of the test's own, and the filter in front of it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.unit.api.functional.cloud import Cloud, Databases

Ours = Callable[..., Any]


@pytest.fixture(scope='session')
def databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Where all clouds have their databases, one after the other."""
    return Databases(tmp_path_factory.mktemp('databases'))


@pytest.fixture
def cloud(conf: Any, transport: Any, databases: Databases,
          monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A cloud with one cell and nothing in it."""
    from nova import policy
    from nova.network import security_group_api

    policy.reset()
    conf.set_override('service_down_time', 3600)  # as long as any test may take
    # Neutron is not there; servers have no ports.
    monkeypatch.setattr(
        security_group_api, 'get_instances_security_groups_bindings', lambda *_, **__: {})
    monkeypatch.setattr(
        security_group_api, 'get_instance_security_groups', lambda *_, **__: [])
    made = Cloud(conf, databases)
    made.add_cell()
    yield made
    made.close()
    policy.reset()


@functools.cache
def make_nova_app() -> Any:
    """Nova's own application, whose two hundred controllers are the same for every test."""
    from nova.api.openstack.compute import routes

    return routes.APIRouterV21()


@pytest.fixture
def nova_app(cloud: Cloud) -> Any:
    """Nova's own application."""
    return make_nova_app()


@pytest.fixture
def ours(conf: Any, cloud: Cloud, nova_app: Any) -> Ours:
    """Makes the filter in front of Nova's application, with options of ``[nova_ext]``."""
    from nova_ext.api import filter as nova_ext_filter

    def make(**options: Any) -> Any:
        for name, value in options.items():
            conf.set_override(name, value, 'nova_ext')
        return nova_ext_filter.filter_factory({})(nova_app)

    return make


@pytest.fixture
def app(ours: Ours) -> Any:
    """The filter with all options at their defaults."""
    return ours()
