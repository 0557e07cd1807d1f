# SPDX-License-Identifier: Apache-2.0
"""What must not keep Nova from what it does."""

from __future__ import annotations

import logging

import pytest

from nova_ext.virt.libvirt.harmless import harmless
from tests.unit import support
from tests.unit.virt.libvirt.console.peers import complaints


def test_a_failure_is_told_with_its_server_and_goes_no_further(
        caplog: pytest.LogCaptureFixture) -> None:
    server = support.instance()
    with harmless('The history stays', server):
        raise KeyError('x')
    assert complaints(caplog, server) == ["The history stays: KeyError: 'x'"]
    assert caplog.records[0].exc_info is not None


def test_nova_can_still_be_stopped() -> None:
    with pytest.raises(SystemExit), harmless('', support.instance()):
        raise SystemExit


def test_without_a_failure_nothing_is_said(
        caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), harmless('', support.instance()):
        done = True
    assert (done, caplog.records) == (True, [])
