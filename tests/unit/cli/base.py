# SPDX-License-Identifier: Apache-2.0
"""The commands of OpenStackClient, over an API."""

from __future__ import annotations

import io
import os
import types
from typing import Any, TextIO

from tests.fixtures import fake_api
from tests.unit import base


class PipeTestCase(base.TestCase):
    """Has output that somebody reads, or no longer does."""

    def make_pipe(self) -> tuple[TextIO, TextIO]:
        """Return both ends of a pipe: for reading, and for writing."""
        reading, writing = os.pipe()
        reader, writer = os.fdopen(reading), os.fdopen(writing, 'w')
        self.addCleanup(reader.close)
        self.addCleanup(writer.close)
        return reader, writer


class CommandTestCase(base.TestCase):
    """OpenStackClient's application, as far as the commands need it, as :attr:`app`."""

    def setUp(self) -> None:
        """Start an API with a server ``web1``, whose ID is 7."""
        super().setUp()
        self.api = self.useFixture(fake_api.FakeApi())
        self.api.answers['/servers'] = [(200, {'servers': [{'id': '7', 'name': 'web1'}]})]
        self.app = types.SimpleNamespace(
            stdout=io.StringIO(), stderr=io.StringIO(),
            client_manager=types.SimpleNamespace(
                sdk_connection=types.SimpleNamespace(compute=self.api.make_adapter())))

    def make_parser(self, command: Any) -> Any:
        """Return the parser of a command."""
        return command(self.app, None).get_parser('openstack')

    def run_command(self, command: Any, *arguments: str) -> str:
        """Run a command successfully and return what it prints."""
        parsed = self.make_parser(command).parse_args(arguments)
        self.assertEqual(0, command(self.app, None).run(parsed))
        return str(self.app.stdout.getvalue())
