# SPDX-License-Identifier: Apache-2.0
"""Puts ``nova_ext.LibvirtDriver`` in the place of Nova's inside the process of Nova's tests.

What else is done here is what a compute host is to the plugin and the process of the tests is
not: a libvirt, a service around the driver, a privsep daemon, no virtlogd of somebody else's.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import sys
import sysconfig
from typing import Any

from tools.nova_tests.inside import uses

#: Has fake domains of its own.
_TEST_DRIVER = 'nova.tests.unit.virt.libvirt.test_driver'

#: What calls something again and again, since it was started.
_repeating: list[Any] = []


def install(counter: uses.Uses[str]) -> None:
    """Put the plugin's driver in the place of Nova's wherever Nova's tests look for that."""
    from nova import virt
    from nova.virt import libvirt as nova_libvirt
    from nova.virt.libvirt import driver as nova_driver

    from tools.nova_tests.inside import fake_libvirt

    # Nova comes from its sources; the plugin adds to the Nova that is installed.
    virt.__path__.append(os.path.join(sysconfig.get_path('purelib'), 'nova', 'virt'))
    stock = nova_driver.LibvirtDriver
    fake_libvirt.complete()
    with fake_libvirt.for_imports():
        ours = importlib.import_module('nova.virt.nova_ext').LibvirtDriver
    _keep_super(nova_driver, stock)
    nova_driver.LibvirtDriver = nova_libvirt.LibvirtDriver = ours
    _hold_inherited(ours, stock)
    _give_service()
    _share_connections()
    _note_threads()
    _run_without_daemon()
    uses.count_calls(ours, '__init__', counter, 'driver')


def complete_fakes() -> None:
    """Complete what test modules fake themselves, once they are loaded."""
    from tools.nova_tests.inside import fake_libvirt

    if _TEST_DRIVER in sys.modules:
        fake_libvirt.complete_running_domain(sys.modules[_TEST_DRIVER].FakeVirtDomain)


def stop_threads() -> None:
    """Stop what a test's drivers do in the background, as their services would."""
    while _repeating:
        _repeating.pop().stop()


def _keep_super(module: Any, stock: type) -> None:
    """Have ``super(LibvirtDriver, self)``, in Nova 26, go on meaning the class that it is in."""
    module.StockLibvirtDriver = stock
    init = inspect.unwrap(vars(stock)['__init__'])
    init.__code__ = init.__code__.replace(co_names=tuple(
        'StockLibvirtDriver' if name == 'LibvirtDriver' else name
        for name in init.__code__.co_names))


def _hold_inherited(ours: type, stock: type) -> None:
    """Have our class hold itself what Nova's does, as tests that replace it there expect."""
    for name in vars(stock):
        if not name.startswith('__') and name not in vars(ours):
            found = next(vars(kind)[name] for kind in ours.__mro__ if name in vars(kind))
            setattr(ours, name, found)


def _give_service() -> None:
    """Give the fake of what a driver asks of its service the service itself."""
    from nova.virt import fake

    class Service:
        def __init__(self) -> None:
            self.additional_endpoints: list[Any] = []

    fake.FakeVirtAPI._compute = Service()


def _share_connections() -> None:
    """Have the plugin ask through Nova's connection."""
    from nova_ext.virt.libvirt.diagnostics import collector
    from tools.nova_tests.inside import fake_libvirt

    kind: Any = collector.Collector
    init = kind.__init__

    def share(self: Any, host: Any, conf: Any) -> None:
        init(self, host, conf)
        self.queries._pool._connect = lambda: fake_libvirt.SharedConnection(host)

    kind.__init__ = share


def _note_threads() -> None:
    """Note what is started in the background, for tests do not clean up after a driver."""
    from nova_ext.concurrency import periodic

    kind: Any = periodic.PeriodicTask

    def note(self: Any, *, start: Any = kind.start) -> None:
        _repeating.append(self)
        start(self)

    kind.start = note


def _run_without_daemon() -> None:
    """Have what needs root run here: Nova's tests keep the daemon from being started."""
    from nova_ext.virt.libvirt.console import privileged

    for name, value in vars(privileged).copy().items():
        if isinstance(value, functools.partial):
            setattr(privileged, name, value.args[0])
    # Of a host without virtlogd, whatever this machine has.
    privileged.read_configuration = lambda path: ''
