# SPDX-License-Identifier: Apache-2.0
"""Tests of what is remembered about a cloud."""

import pathlib

import pytest

from sandbox import state
from sandbox.config import Environments
from sandbox.settings import Options
from sandbox.state import State


@pytest.mark.parametrize(('volumes', 'cinder'), [(False, None), (True, pathlib.Path('/cinder'))])
def test_it_is_read_as_it_was_written(
    volumes: bool, cinder: 'pathlib.Path | None', tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(state, 'FILE', tmp_path / 'state.json')
    written = State(Options(volumes=volumes), Environments(
        services=pathlib.Path('/services'), nova=pathlib.Path('/nova-ext'),
        stock=pathlib.Path('/nova'), cinder=cinder), ready=True)
    written.save()
    assert state.load() == written


def test_there_is_no_endpoint_without_its_service() -> None:
    assert Options().absent == {'nova_stock', 'cinder'}
    assert Options(stock_api=True, volumes=True).absent == set()
