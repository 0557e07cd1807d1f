# SPDX-License-Identifier: Apache-2.0
"""Puts ``nova_ext.LibvirtDriver`` in the place of Nova's inside the process of Nova's tests.

What else is done here is what a compute host is to the plugin and the process of the tests is
not: a libvirt, a service around the driver, a privsep daemon, no virtlogd of somebody else's.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
import sysconfig
from typing import Any

from tools.nova_tests.inside import uses

#: Has fake domains of its own.
_TEST_DRIVER = 'nova.tests.unit.virt.libvirt.test_driver'


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
    _use_own_class_by_another_name(nova_driver, stock)
    nova_driver.LibvirtDriver = nova_libvirt.LibvirtDriver = ours
    _hold_inherited(ours, stock)
    _give_service()
    _share_connections()
    _run_without_daemon()
    uses.count_calls(ours, '__init__', counter, 'driver')


def complete_fakes() -> None:
    """Complete what test modules fake themselves, once they are loaded."""
    from tools.nova_tests.inside import fake_libvirt

    if _TEST_DRIVER in sys.modules:
        fake_libvirt.complete_running_domain(sys.modules[_TEST_DRIVER].FakeVirtDomain)


def _use_own_class_by_another_name(module: Any, stock: type) -> None:
    """Have ``super(LibvirtDriver, self)`` in Nova 26 mean the class that it stands in."""
    module.StockLibvirtDriver = stock
    init = functools.reduce(
        lambda function, _: getattr(function, '__wrapped__', function), range(9),
        getattr(stock, '__init__'))  # noqa: B009 - of a class, not of an instance
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
        additional_endpoints: tuple[Any, ...] = ()

    class Endpoints(list):  # type: ignore[type-arg]
        pass

    Service.additional_endpoints = Endpoints()  # type: ignore[assignment]
    fake.FakeVirtAPI._compute = Service()


def _share_connections() -> None:
    """Have the plugin ask through Nova's connection."""
    from nova_ext.virt.libvirt import diagnostics

    from tools.nova_tests.inside import fake_libvirt

    init = diagnostics.Collector.__init__

    def share(collector: Any, host: Any, conf: Any) -> None:
        init(collector, host, conf)
        collector.monitors._connect = lambda: fake_libvirt.SharedConnection(host)

    setattr(diagnostics.Collector, '__init__', share)  # noqa: B010


def _run_without_daemon() -> None:
    """Have what needs root run here: Nova's tests keep the daemon from being started."""
    from nova_ext.virt.libvirt.console import privileged

    for name, value in vars(privileged).copy().items():
        if isinstance(value, functools.partial):
            setattr(privileged, name, value.args[0])
    # Of a host without virtlogd, whatever this machine has.
    setattr(privileged, 'read_configuration', lambda path: '')  # noqa: B010
