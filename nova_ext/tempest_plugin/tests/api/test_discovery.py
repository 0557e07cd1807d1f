# SPDX-License-Identifier: Apache-2.0
"""The discovery document."""

from __future__ import annotations

from tempest import config
from tempest.lib import decorators
from tempest.lib.common.api_version_request import APIVersionRequest

from nova_ext.tempest_plugin.tests import base

CONF = config.CONF

#: The operations of each feature.
OPERATIONS = {
    'diagnostics': ['/servers/{}/diagnostics'],
    'host_status': ['/servers', '/servers/detail', '/servers/{}'],
    'hypervisors': ['/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors/{}'],
}


class DiscoveryTest(base.NovaExtTest):
    """What a deployment says of itself."""

    credentials = ('admin', 'project_member', 'project_reader')

    @decorators.attr(type='smoke')
    @decorators.idempotent_id('f4c300d7-17e4-4f71-921d-f73e4b989669')
    def test_versions(self) -> None:
        """The range is one, and this plugin's tests cover it up to the version they know."""
        found = self.os_admin.nova_ext_v1.DiscoveryClient().show_discovery()['version']
        lowest, highest = (
            APIVersionRequest(found[name]) for name in ('min_version', 'max_version'))
        self.assertGreaterEqual(highest, lowest)
        self.assertGreaterEqual(APIVersionRequest(base.NEWEST), lowest)

    @decorators.attr(type='smoke')
    @decorators.idempotent_id('17d7daee-04be-486a-8780-e24fd36bc021')
    def test_operations(self) -> None:
        """Each feature that the operator wants tested is served."""
        served = base.operations(self.os_admin.nova_ext_v1.DiscoveryClient().show_discovery())
        self.assertIn('/nova-ext', served)
        for feature, paths in OPERATIONS.items():
            if CONF.nova_ext[feature]:
                self.assertEqual(set(paths), served & set(paths), feature)

    @decorators.idempotent_id('51491e8e-71b5-43bb-ba83-d4b92851a0bf')
    def test_everybody_is_told_the_same(self) -> None:
        """An administrator, a member and a reader get one answer."""
        answers = [manager.nova_ext_v1.DiscoveryClient().show_discovery() for manager in (
            self.os_admin, self.os_project_member, self.os_project_reader)]
        self.assertEqual(answers[0], answers[1])
        self.assertEqual(answers[0], answers[2])

    @decorators.attr(type='negative')
    @decorators.idempotent_id('aa7703e2-11d4-48f9-b0d3-1b844493aa92')
    def test_nobody_without_a_token(self) -> None:
        """Nothing is shown without authentication."""
        client = self.os_project_reader.nova_ext_v1.DiscoveryClient()
        response, _ = client.raw_request(
            f'{client.base_url}/nova-ext', 'GET', headers=client.get_headers())
        self.assertEqual(401, response.status)
