# SPDX-License-Identifier: Apache-2.0
"""Every line that nova-ext writes into a log is explained."""

from __future__ import annotations

import pytest

from tests.documentation import blocks, messages

PAGE = blocks.SOURCES / 'admin/messages.rst'


def test_there_are_messages() -> None:
    assert len(messages.logged()) > 25
    assert 'nova-ext answers diagnostics on this host' in messages.logged()
    assert 'Its metadata is not refreshed before the next pass' in messages.logged()


@pytest.mark.parametrize('message', sorted(messages.logged()))
def test_it_is_explained(message: str) -> None:
    page = ' '.join(PAGE.read_text().split())
    assert ' '.join(message.split()) in page
