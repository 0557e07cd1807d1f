# SPDX-License-Identifier: Apache-2.0
"""Nova's fake libvirt in the place of the real one, with what the plugin asks and it lacks."""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import libvirt
from nova import exception
from nova.tests.fixtures import libvirt as fake


class _Combined(types.ModuleType):
    """The fake libvirt; what it lacks, which is constants, is the real one's."""

    def __getattr__(self, name: str) -> Any:
        return getattr(fake if hasattr(fake, name) else libvirt, name)


@contextlib.contextmanager
def for_imports() -> Iterator[None]:
    """Give what is imported inside of the ``with`` the fake libvirt."""
    sys.modules['libvirt'] = _Combined('libvirt')
    try:
        yield
    finally:
        sys.modules['libvirt'] = libvirt


def error(code: int) -> Exception:
    """Return an error as the fake libvirt raises it."""
    made: Exception = fake.make_libvirtError(
        fake.libvirtError, 'not in the fake libvirt', error_code=code)
    return made


def complete() -> None:
    """Add what libvirt's connections and domains can do to the fake ones."""
    _add(fake.Connection, domainListGetStats=_no_bulk_statistics, isAlive=lambda _: 1)
    complete_domain(fake.Domain)
    _add(fake.Domain, connect=lambda domain: domain._connection,
         state=lambda domain, _=0: [domain._state, 0], controlInfo=_no_control_info)


def complete_domain(kind: Any) -> None:
    """Add what a domain can do to a class of fake ones, those of a test module for example."""
    _add(kind, metadata=_no_metadata)


def complete_running_domain(kind: Any) -> None:
    """Add what a running domain can do to a class of fake ones that know no connection."""
    complete_domain(kind)
    _add(kind, connect=lambda _: fake.Connection('qemu:///system', False),
         state=lambda _, flags=0: [fake.VIR_DOMAIN_RUNNING, 1], controlInfo=_no_control_info)
    # libvirt's ids are numbers, whatever a test leaves out.
    number: Callable[[Any], Any] = kind.ID
    kind.ID = lambda domain: 1 if number(domain) is None else number(domain)


def _add(kind: Any, **methods: Callable[..., Any]) -> None:
    """Add methods that a class does not have in this release of Nova."""
    for name, method in methods.items():
        if not hasattr(kind, name):
            setattr(kind, name, method)


def _no_bulk_statistics(*_: Any) -> None:
    raise error(libvirt.VIR_ERR_NO_SUPPORT)


def _no_control_info(*_: Any) -> None:
    raise error(libvirt.VIR_ERR_NO_SUPPORT)


def _no_metadata(*_: Any) -> None:
    raise error(libvirt.VIR_ERR_NO_DOMAIN_METADATA)


class SharedConnection:
    """The connection of Nova's driver, for whoever opens another one.

    Another fake one would know none of the domains.
    """

    def __init__(self, host: Any) -> None:
        """Share a connection.

        :param host: nova.virt.libvirt.host.Host
        """
        self._host = host

    def __getattr__(self, name: str) -> Any:
        """Whatever the connection can do."""
        return getattr(self._host.get_connection(), name)

    def lookupByUUIDString(self, uuid: str) -> Any:  # noqa: N802 - libvirt's name
        """Return a domain, where tests fake the connection or where they fake the look-up."""
        try:
            return self._host.get_connection().lookupByUUIDString(uuid)
        except fake.libvirtError:
            with contextlib.suppress(exception.InstanceNotFound):
                return self._host._get_domain(types.SimpleNamespace(uuid=uuid, id=0, name=uuid))
            raise  # as libvirt says that there is no such domain
