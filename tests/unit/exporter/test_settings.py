# SPDX-License-Identifier: Apache-2.0
"""What the exporter is told on its command line and in clouds.yaml."""

from __future__ import annotations

import ddt
import fixtures

from nova_ext.cli import exceptions
from nova_ext.exporter import clouds, settings
from tests.fixtures import fake_keystone
from tests.unit import base as unit_base
from tests.unit.exporter import base

CLOUDS = '''
clouds:
  lab:
    auth_type: v3applicationcredential
    auth:
      auth_url: {url}/identity/v3
      application_credential_id: exporter
      application_credential_secret: {secret}
    regions: [RegionOne, RegionTwo]
'''


@ddt.ddt
class TestSettings(unit_base.TestCase):
    def test_defaults(self) -> None:
        self.assertEqual(settings.Settings(
            None, None, '127.0.0.1', 9774, 60, 30, 8, 180, False), settings.parse([]))

    @ddt.data(('127.0.0.1:1', '127.0.0.1', 1), ('[::1]:9774', '::1', 9774),
              ('0.0.0.0:65535', '0.0.0.0', 65535))
    @ddt.unpack
    def test_address_and_port(self, text: str, address: str, port: int) -> None:
        found = settings.parse(['--listen-address', text])
        self.assertEqual((address, port), (found.address, found.port))

    def test_figures_are_kept_for_three_intervals_or_as_long_as_is_said(self) -> None:
        self.assertEqual(15, settings.parse(['--interval', '5']).max_age)
        self.assertEqual(7, settings.parse(['--interval', '5', '--max-age', '7']).max_age)

    @ddt.data(
        ('--listen-address', 'localhost:1'), ('--listen-address', ':9774'),
        ('--listen-address', '127.0.0.1'), ('--listen-address', '127.0.0.1:65536'),
        ('--interval', '0'), ('--interval', 'nan'), ('--interval', 'x'), ('--concurrency', '0'),
        ('--concurrency', '1.5'), ('--concurrency', '65'), ('--host-timeout', '-1'),
        ('--max-age', 'inf'))
    @ddt.unpack
    def test_what_is_wrong_is_said(self, option: str, value: str) -> None:
        errors = self.capture_output('stderr')
        self.assertRaises(SystemExit, settings.parse, [option, value])
        self.assertIn(f"argument {option}: '{value}' is no ", errors.getvalue())


class TestClouds(base.ExporterTestCase):
    def write(self, text: str) -> None:
        """Have a clouds.yaml."""
        path = self.make_directory() / 'clouds.yaml'
        path.write_text(text)
        self.useFixture(fixtures.EnvironmentVariable('OS_CLIENT_CONFIG_FILE', str(path)))

    def test_cloud_of_clouds_yaml_is_asked(self) -> None:
        self.write(CLOUDS.format(url=self.cloud.url, secret=fake_keystone.SECRET))
        adapter = clouds.connect(settings.parse(['--os-cloud', 'lab']))
        self.assertEqual(404, adapter.get(
            '/os-hypervisors/none/diagnostics', raise_exc=False,
            headers={'OpenStack-API-Version': 'nova-ext 1.2'}).status_code)
        self.assertEqual('RegionOne', adapter.region_name)

    def test_region_is_chosen(self) -> None:
        self.write(CLOUDS.format(url=self.cloud.url, secret=fake_keystone.SECRET))
        adapter = clouds.connect(
            settings.parse(['--os-cloud', 'lab', '--os-region-name', 'RegionTwo']))
        self.assertEqual('RegionTwo', adapter.region_name)

    def test_cloud_that_is_not_there_is_said_so(self) -> None:
        with self.assert_raises(exceptions.ClientError, 'Cloud lab was not found'):
            clouds.connect(settings.parse(['--os-cloud', 'lab']))

    def test_wrong_secret_is_counted_and_logged(self) -> None:
        self.write(CLOUDS.format(url=self.cloud.url, secret='wrong'))
        self.prepare('--os-cloud', 'lab')
        self.refresher.refresh()
        self.assertEqual(1, self.value('nova_ext_exporter_api_failures_total', reason='http_401'))
        self.assertIn('The credential is wrong.', self.logs.text)
        self.assertNotIn('wrong\n', self.logs.text.replace('is wrong', ''))
