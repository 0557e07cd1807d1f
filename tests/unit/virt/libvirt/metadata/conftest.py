# SPDX-License-Identifier: Apache-2.0
"""A host of libvirt's test driver, and what Nova's records say of its servers."""

from __future__ import annotations

import types
from typing import Any

import pytest
from nova import objects
from nova.virt.libvirt import driver as nova_driver

from nova_ext.virt.libvirt import driver, started
from nova_ext.virt.libvirt.metadata import refresher
from tests.unit import support
from tests.unit.virt.libvirt.metadata import records as kept


@pytest.fixture
def records(nova_objects: Any, monkeypatch: pytest.MonkeyPatch) -> kept.Kept:
    """What Nova's records say."""
    made = kept.Kept()
    monkeypatch.setattr(objects.Instance, 'get_by_uuid', made.instance)
    monkeypatch.setattr(objects.InstanceList, 'get_by_host', made.instances)
    monkeypatch.setattr(
        objects.BlockDeviceMappingList, 'get_by_instance_uuid', made.devices_of_one)
    monkeypatch.setattr(
        objects.BlockDeviceMappingList, 'bdms_by_instance_uuid', made.devices_of_all)
    return made


@pytest.fixture
def nova_block(transport: Any) -> Any:
    """Makes Nova's configuration object of its block, as the installed Nova does."""
    nova = nova_driver.LibvirtDriver(
        types.SimpleNamespace(_compute=types.SimpleNamespace(additional_endpoints=[])))
    return lambda instance, vifs: driver.LibvirtMixin._nova_ext_nova_block(nova, instance, vifs)


class StartTimes(started.StartTimes):
    """All guests were started at the same time, when it is known."""

    time: Any = 1_700_000_000.25

    def started(self, guest: Any, xml: str) -> Any:
        return self.time


@pytest.fixture
def start_times() -> StartTimes:
    return StartTimes()


@pytest.fixture
def asker(connection: Any) -> kept.Asker:
    """Makes libvirt calls at once, and remembers them."""
    return kept.Asker(connection)


@pytest.fixture
def made(
        conf: Any, asker: kept.Asker, start_times: StartTimes, nova_block: Any,
        records: kept.Kept) -> refresher.Refresher:
    conf.set_override('host', 'host1')
    return refresher.Refresher(conf, asker, start_times, nova_block)  # type: ignore[arg-type]


@pytest.fixture
def server(connection: Any, records: kept.Kept) -> Any:
    """A server on the host, whose guest runs."""
    return records.add(uuid=support.define_guest(connection).UUIDString())
