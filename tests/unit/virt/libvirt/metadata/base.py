# SPDX-License-Identifier: Apache-2.0
"""A compute host of libvirt's test driver, and Nova's records of the servers on it."""

from __future__ import annotations

import pathlib
import types
from typing import Any, Optional

import libvirt
from lxml import etree
from nova.virt.libvirt import driver as nova_driver

from nova_ext.virt.libvirt import driver
from nova_ext.virt.libvirt.metadata import block, element, refresher
from tests.fixtures import configuration, rpc
from tests.fixtures import libvirt as libvirt_fixtures
from tests.unit import base
from tests.unit.virt.libvirt.metadata import fake_libvirt, fakes

SCHEMA = etree.RelaxNG(file=str(pathlib.Path(element.__file__).with_name('nova-ext-1.0.rng')))


class Metadata:
    """The metadata in one of a domain's two definitions."""

    def __init__(self, domain: Any, *, inactive: bool = False) -> None:
        """Read the live definition of a virDomain, or the persistent one."""
        self.root: Any = etree.fromstring(
            domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE if inactive else 0))
        #: Nova's own block.
        self.nova = block.find(self.root)
        #: nova-ext's element.
        self.nova_ext: Any = element.find(self.root)

    def nova_text(self, name: str) -> Optional[str]:
        """Return the text of an element of Nova's block."""
        text: Optional[str] = self.nova.findtext(f'{{{block.NAMESPACE}}}{name}')
        return text

    def nova_attributes(self, name: str) -> dict[str, str]:
        """Return the attributes of an element of Nova's block."""
        return dict(self.nova.find(f'{{{block.NAMESPACE}}}{name}').attrib)

    def nova_ext_attributes(self, path: str) -> list[dict[str, str]]:
        """Return the attributes of each element of that path in nova-ext's element."""
        found = self.nova_ext.findall(
            '/'.join(f'{{{element.NAMESPACE}}}{name}' for name in path.split('/')))
        return [dict(one.attrib) for one in found]


class SchemaTestCase(base.TestCase):
    """Knows the schema of nova-ext's element."""

    def assert_valid(self, tree: Any) -> None:
        """Assert that an element conforms to the schema."""
        self.assertTrue(SCHEMA.validate(etree.ElementTree(tree)), SCHEMA.error_log)

    def assert_invalid(self, tree: Any) -> None:
        """Assert that an element does not conform to the schema."""
        self.assertFalse(SCHEMA.validate(etree.ElementTree(tree)))


class RecordsTestCase(base.TestCase):
    """Nova's records, in which there are no servers at first."""

    def setUp(self) -> None:
        """Replace Nova's records."""
        super().setUp()
        self.records = self.useFixture(fakes.Records())


class HostTestCase(RecordsTestCase, SchemaTestCase):
    """The compute host ``host1`` with one server, whose guest runs."""

    def setUp(self) -> None:
        """Configure the host and define a guest."""
        super().setUp()
        self.conf = self.useFixture(configuration.Configuration()).conf
        self.conf.set_override('host', 'host1')
        self.useFixture(rpc.Rpc(self.conf))
        self.libvirt = self.useFixture(libvirt_fixtures.LibvirtConnection())
        self.server = self.add_server()

    def add_server(self, *, running: bool = True) -> Any:
        """Add a server that has a guest."""
        return self.records.add(uuid=self.libvirt.define_guest(running=running).UUIDString())

    def get_domain(self) -> Any:
        """Return the virDomain of the server."""
        return self.libvirt.connection.lookupByUUIDString(self.server.uuid)

    def read_metadata(self, server: Any = None) -> list[Metadata]:
        """Return the metadata in the live and in the persistent definition of a server's domain.

        :param server: None: the only one
        """
        domain = self.libvirt.connection.lookupByUUIDString((server or self.server).uuid)
        return [Metadata(domain), Metadata(domain, inactive=True)]


class RefresherTestCase(HostTestCase):
    """A host, and what keeps the metadata of its guests up to date."""

    def setUp(self) -> None:
        """Make a refresher."""
        super().setUp()
        self.queries = fake_libvirt.Queries(self.libvirt.connection)
        self.start_times = fake_libvirt.StartTimes()
        self._nova_driver = nova_driver.LibvirtDriver(
            types.SimpleNamespace(_compute=types.SimpleNamespace(additional_endpoints=[])))
        self.refresher = self.make_refresher(self.queries)

    def make_refresher(self, queries: Any) -> refresher.Refresher:
        """Make a refresher with another nova_ext.virt.libvirt.queries.Queries."""
        return refresher.Refresher(self.conf, queries, self.start_times, self.make_nova_block)

    def make_nova_block(self, instance: Any, vifs: Any) -> Any:
        """Return the configuration object that the installed Nova makes of its block."""
        return driver.LibvirtMixin._nova_ext_stock_block(self._nova_driver, instance, vifs)
