# SPDX-License-Identifier: Apache-2.0
"""Why a server is in its state, in the words of the API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Optional

import ddt
import libvirt

from nova_ext.objects import states
from nova_ext.virt.libvirt.diagnostics import reasons
from sandbox import settings
from tests.unit import base

#: The reasons by which libvirt says that it knows none, or that say what the state says already.
SILENT = {
    'BLOCKED_UNKNOWN', 'CRASHED_UNKNOWN', 'NOSTATE_UNKNOWN', 'PAUSED_UNKNOWN', 'RUNNING_UNKNOWN',
    'SHUTOFF_UNKNOWN'}


def list_reasons() -> Iterator[tuple[str, int, int]]:
    """Yield the name of each of libvirt's reasons, and the numbers of its state and of itself."""
    for state in ('NOSTATE', 'RUNNING', 'BLOCKED', 'PAUSED', 'SHUTDOWN', 'SHUTOFF', 'CRASHED',
                  'PMSUSPENDED'):
        prefix = f'VIR_DOMAIN_{state}'
        for name in dir(libvirt):
            # Those are the ways of shutting a guest down.
            if name.startswith(f'{prefix}_') and not re.search(
                    'ACPI|AGENT|INITCTL|SIGNAL|PARAVIRT|DEFAULT', name):
                yield (name[len('VIR_DOMAIN_'):], getattr(libvirt, prefix),
                       getattr(libvirt, name))


@ddt.ddt
class TestReasons(base.TestCase):
    def test_every_reason_of_libvirt_has_a_word(self) -> None:
        unknown = {name for name, state, reason in list_reasons()
                   if reasons.get_reason(state, reason, is_suspended=False) is None}
        self.assertEqual(SILENT, unknown)

    def test_every_word_is_in_the_vocabulary_and_all_of_it_is_used(self) -> None:
        words = {word for known in reasons._REASONS.values() for word in known.values()}
        self.assertEqual(set(states.REASONS), words)
        self.assertEqual(len(states.REASONS), len(set(states.REASONS)))

    @ddt.data(
        (libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_PAUSED_IOERROR, 'io_error'),
        (libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_PAUSED_USER, 'requested'),
        (libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_PAUSED_MIGRATION, 'migrating'),
        (libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_CRASHED, 'crashed'),
        (libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_SAVED, 'saved'),
        (libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_DESTROYED, 'powered_off'),
        (libvirt.VIR_DOMAIN_RUNNING, 99, None), (99, 1, None))
    @ddt.unpack
    def test_reason_of_libvirt_is_named(
            self, state: int, reason: int, word: Optional[str]) -> None:
        self.assertEqual(word, reasons.get_reason(state, reason, is_suspended=False))

    def test_saved_guest_is_saved_when_libvirtd_has_forgotten_why(self) -> None:
        for reason in (libvirt.VIR_DOMAIN_SHUTOFF_UNKNOWN, libvirt.VIR_DOMAIN_SHUTOFF_SAVED):
            self.assertEqual('saved', reasons.get_reason(
                libvirt.VIR_DOMAIN_SHUTOFF, reason, is_suspended=True))

    def test_guide_explains_every_word(self) -> None:
        text = (settings.CHECKOUT / 'doc/source/user/diagnostics.rst').read_text()
        table = text.partition('.. _state-reasons:')[2].partition('When a host')[0]
        words = re.findall(r'(?m)^``(\w+)``', table)
        self.assertEqual(sorted(states.REASONS), sorted(set(words) - {'state_reason'}))
