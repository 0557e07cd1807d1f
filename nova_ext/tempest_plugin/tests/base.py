# SPDX-License-Identifier: Apache-2.0
"""What all tests of nova-ext have in common: what they need, and who asks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Optional

import tempest.test
from tempest import config
from tempest.lib import decorators, exceptions
from tempest.lib.common import rest_client
from tempest.lib.common.api_version_request import APIVersionRequest

CONF = config.CONF

#: The newest version of nova-ext's API that these tests know.
NEWEST = '1.2'

#: Marks a class that runs while no other does. Tempest 33 does not know of that.
serial = getattr(decorators, 'serial', lambda marked: marked)


class NovaExtTest(tempest.test.BaseTestCase):
    """A class of tests that is skipped where the cloud lacks what they are about.

    An administrator and a member ask; in some classes a reader of the member's project, too.
    """

    credentials: tuple[str, ...] = ('admin', 'project_member')

    #: The options that turn these tests on.
    features: tuple[str, ...] = ()

    #: The path of the operation that is tested, its variables unnamed.
    operation: Optional[str] = None

    #: The versions that are tested.
    min_version = '1.0'
    max_version = NEWEST

    #: Of those, the lowest and the highest that the cloud serves and the operator wants tested.
    lowest: str
    highest: str

    @classmethod
    def skip_checks(cls) -> None:
        """See what the operator wants tested."""
        super().skip_checks()
        for service in ('nova', 'nova_ext'):
            if not CONF.service_available[service]:
                raise cls.skipException(f'[service_available] {service} is false.')
        for option in cls.features:
            if not CONF.nova_ext[option]:
                raise cls.skipException(f'[nova_ext] {option} is false.')

    @classmethod
    def resource_setup(cls) -> None:
        """See what the cloud serves."""
        super().resource_setup()
        found = cls._discovery()
        if cls.operation and cls.operation not in operations(found):
            raise cls.skipException(f'This cloud does not serve GET {cls.operation}.')
        served = found['version']
        wanted = CONF.nova_ext.min_version or served['min_version'], CONF.nova_ext.max_version
        cls.lowest = max(
            cls.min_version, served['min_version'], wanted[0], key=APIVersionRequest)
        cls.highest = min(
            cls.max_version, served['max_version'], wanted[1], key=APIVersionRequest)
        if APIVersionRequest(cls.lowest) > APIVersionRequest(cls.highest):
            raise cls.skipException(
                f'These tests are of nova-ext {cls.min_version} to {cls.max_version}; this cloud '
                f"serves {served['min_version']} to {served['max_version']}, and tempest.conf "
                f'wants {wanted[0]} to {wanted[1]}.')

    def reader_of_the_project(self) -> Any:
        """Who may read what the member has; skips the test where Tempest, before 34, has nobody.

        Older ones give the reader a project of its own.
        """
        reader, member = self.os_project_reader, self.os_project_member
        if reader.credentials.project_id != member.credentials.project_id:
            raise self.skipException('This Tempest has no reader of the project of the member.')
        return reader

    @classmethod
    def _discovery(cls) -> rest_client.ResponseBody:
        """The discovery document."""
        try:
            return cls.os_admin.nova_ext_v1.DiscoveryClient().show_discovery()
        except exceptions.NotFound:
            raise cls.skipException(
                'This cloud has no nova-ext: its Nova does not know GET /nova-ext.') from None


def operations(document: Mapping[str, Any]) -> set[str]:
    """The paths that a discovery document lists for GET, with their variables unnamed."""
    return {re.sub('{[^}]*}', '{}', one['path'])
            for one in document['operations'] if one['method'] == 'GET'}
