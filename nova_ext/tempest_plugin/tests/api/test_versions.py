# SPDX-License-Identifier: Apache-2.0
"""How a request chooses a version of nova-ext."""

from __future__ import annotations

from tempest.lib import decorators

from nova_ext.tempest_plugin.services.base import HEADER
from nova_ext.tempest_plugin.tests import base


class VersionsTest(base.NovaExtTest):
    """One header carries the versions of both services."""

    credentials = ('admin', 'project_member', 'project_reader')

    def _ask(self, versions: str, path: str = 'nova-ext') -> str:
        """The versions that were negotiated."""
        client = self.os_project_reader.nova_ext_v1.DiscoveryClient()
        client.versions = versions
        response, _ = client.get(path)
        return str(response[HEADER.lower()])

    def _refused(self, versions: str, status: int) -> str:
        """The answer with which a version is refused."""
        client = self.os_project_reader.nova_ext_v1.DiscoveryClient()
        client.versions = versions
        found, answer = client.refuse('nova-ext')
        self.assertEqual(status, found, answer)
        return str(answer)

    @decorators.attr(type='smoke')
    @decorators.idempotent_id('6ad23a91-a982-414b-9c2e-c630e5448c7c')
    def test_both_versions(self) -> None:
        """Both are negotiated, in either order."""
        expected = f'compute 2.48, nova-ext {self.lowest}'
        self.assertEqual(expected, self._ask(expected))
        self.assertEqual(expected, self._ask(f'nova-ext {self.lowest}, compute 2.48'))

    @decorators.idempotent_id('4583b3e2-397f-43e8-a642-7e631eed2640')
    def test_without_a_compute_version(self) -> None:
        """Nova's lowest then, as ever."""
        self.assertEqual(
            f'compute 2.1, nova-ext {self.lowest}', self._ask(f'nova-ext {self.lowest}'))

    @decorators.idempotent_id('8d39c253-4344-48da-995a-fb3946384152')
    def test_latest(self) -> None:
        """The highest that is served."""
        served = self._discovery()['version']['max_version']
        self.assertEqual(f'compute 2.48, nova-ext {served}',
                         self._ask('compute 2.48, nova-ext latest'))

    @decorators.idempotent_id('8fc5ca86-5b0b-40e8-8e23-0eedc3bb648c')
    def test_operations_of_nova(self) -> None:
        """An operation that is Nova's alone is answered, and the version negotiated."""
        expected = f'compute 2.48, nova-ext {self.lowest}'
        self.assertEqual(expected, self._ask(expected, 'flavors'))

    @decorators.attr(type='negative')
    @decorators.idempotent_id('01c712bd-a099-4806-9f65-d3301c257046')
    def test_unsupported_version(self) -> None:
        """406, with the range that is served."""
        served = self._discovery()['version']
        for version in ('0.9', '9.9', '1.99999'):
            message = self._refused(f'nova-ext {version}', 406)
            self.assertIn(served['min_version'], message)
            self.assertIn(served['max_version'], message)

    @decorators.attr(type='negative')
    @decorators.idempotent_id('36dc5c70-3a29-4bb3-abc2-0fba12b8fa6e')
    def test_malformed_version(self) -> None:
        """400 for what is no version."""
        for version in ('', ' one', ' 1', ' 1.0.0', ' 1.x'):
            self._refused(f'compute 2.48, nova-ext{version}', 400)

    @decorators.attr(type='negative')
    @decorators.idempotent_id('c21e6830-d1f4-4664-99b8-f7db8507a213')
    def test_unsupported_compute_version(self) -> None:
        """406 from Nova's own rules."""
        self._refused(f'compute 2.9999, nova-ext {self.lowest}', 406)
