# SPDX-License-Identifier: Apache-2.0
"""Each process has one client, which its parts share."""

from __future__ import annotations

import ast
import pathlib
from collections import Counter

import nova_ext
from nova_ext.compute import rpcapi
from tests.fixtures import configuration, rpc
from tests.unit import base

_FOLDER = pathlib.Path(nova_ext.__file__).parent


class TestClients(base.TestCase):
    def test_one_is_made_in_nova_api_and_one_for_a_driver(self) -> None:
        made = Counter(
            str(path.relative_to(_FOLDER)) for path in _FOLDER.rglob('*.py')
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call) and ast.unparse(node.func) == 'rpcapi.ComputeAPI')
        self.assertEqual({'api/filter.py': 1, 'virt/libvirt/extensions.py': 1}, dict(made))

    def test_message_bus_is_not_needed_before_the_first_call(self) -> None:
        conf = self.useFixture(configuration.Configuration()).conf
        client = rpcapi.ComputeAPI(5)
        self.useFixture(rpc.Rpc(conf))
        self.assertIs(client._router, client._router)
