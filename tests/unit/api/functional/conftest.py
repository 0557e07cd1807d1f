# SPDX-License-Identifier: Apache-2.0
"""Nova's own API over databases of the test's own, and the filter in front of it."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.unit.api.functional import cloud as functional_cloud
from tests.unit.api.functional.cloud import Cloud

Ours = Callable[..., Any]


@pytest.fixture(scope='session')
def templates(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A folder with an empty database of each kind."""
    folder = tmp_path_factory.mktemp('templates')
    functional_cloud.make_templates(folder)
    return folder


@pytest.fixture
def cloud(conf: Any, transport: Any, templates: pathlib.Path, tmp_path: pathlib.Path,
          monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A cloud with one cell and nothing in it."""
    from nova import policy
    from nova.network import security_group_api

    policy.reset()
    # Neutron is not there; servers have no ports.
    monkeypatch.setattr(
        security_group_api, 'get_instances_security_groups_bindings', lambda *_, **__: {})
    monkeypatch.setattr(
        security_group_api, 'get_instance_security_groups', lambda *_, **__: [])
    made = Cloud(conf, templates, tmp_path)
    made.add_cell()
    yield made
    made.close()
    policy.reset()


@pytest.fixture
def nova_app(cloud: Cloud) -> Any:
    """Nova's own application."""
    from nova.api.openstack.compute import routes

    return routes.APIRouterV21()


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
