# SPDX-License-Identifier: Apache-2.0
"""Calling functions of libvirt's about domains, wrapped by Nova or not."""

from __future__ import annotations

import threading
from typing import Any

from eventlet import tpool

from nova_ext.nova_compat import libvirt as nova_libvirt
from tests.unit import base


class Domain:
    """Stands in for libvirt.virDomain."""


def ask(domain: Any, *arguments: Any) -> tuple[Any, ...]:
    """Return what it was called with, and in which thread."""
    return domain, arguments, threading.get_ident()


class TestCall(base.TestCase):
    def test_domain_and_arguments_are_passed_on(self) -> None:
        domain = Domain()
        self.assertEqual(
            (domain, (1, 2), threading.get_ident()), nova_libvirt.call(ask, domain, 1, 2))

    def test_wrapped_domain_is_unwrapped_in_a_native_thread(self) -> None:
        domain = Domain()
        asked, arguments, thread = nova_libvirt.call(ask, tpool.Proxy(domain), 1)
        self.assertIs(domain, asked)
        self.assertEqual((1,), arguments)
        self.assertNotEqual(threading.get_ident(), thread)
