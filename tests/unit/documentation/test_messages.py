# SPDX-License-Identifier: Apache-2.0
"""Every line that nova-ext writes into a log is explained."""

from __future__ import annotations

from tests.unit import base
from tools.documentation import blocks, messages


class TestMessages(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.messages = messages.logged()

    def test_messages_are_found_in_the_sources(self) -> None:
        self.assertGreater(len(self.messages), 25)
        self.assertIn('nova-ext answers diagnostics on this host', self.messages)
        self.assertIn('Failed to refresh domain metadata before the next pass', self.messages)

    def test_every_message_is_in_the_documentation(self) -> None:
        page = ' '.join((blocks.SOURCES / 'admin/messages.rst').read_text().split())
        self.assertEqual([], [
            message for message in sorted(self.messages)
            if ' '.join(message.split()) not in page])
