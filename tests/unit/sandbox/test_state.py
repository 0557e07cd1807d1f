# SPDX-License-Identifier: Apache-2.0
"""What is remembered of a running cloud."""

from __future__ import annotations

import pathlib

import ddt

from sandbox import state
from sandbox.config import Environments
from sandbox.settings import Options
from sandbox.state import State
from tests.unit import base


@ddt.ddt
class TestState(base.TestCase):
    @ddt.data((False, None, 'qemu'), (True, pathlib.Path('/cinder'), 'kvm'))
    @ddt.unpack
    def test_saved_state_is_loaded_unchanged(
            self, volumes: bool, cinder: pathlib.Path | None, virt_type: str) -> None:
        self.patch(state, 'FILE', self.make_directory() / 'state.json')
        environments = Environments(
            services=pathlib.Path('/services'), nova=pathlib.Path('/nova-ext'),
            stock=pathlib.Path('/nova'), cinder=cinder)
        saved = State(Options(volumes=volumes), environments, ready=True, virt_type=virt_type)
        saved.save()
        self.assertEqual(saved, state.load())

    def test_endpoints_are_absent_without_their_services(self) -> None:
        self.assertEqual({'nova_stock', 'cinder', 'ironic'}, Options().absent)
        self.assertEqual(set(), Options(stock_api=True, volumes=True, ironic=True).absent)
