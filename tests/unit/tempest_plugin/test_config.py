# SPDX-License-Identifier: Apache-2.0
"""The plugin's options."""

from __future__ import annotations

from oslo_config import cfg

from nova_ext.tempest_plugin import config
from tests.unit import base


class TestOptions(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.conf = cfg.ConfigOpts()
        self.conf.register_opts(config.opts, group=config.group)
        self.conf.register_opt(config.service_option, group='service_available')
        self.conf([])

    def test_tests_that_change_hosts_are_disabled_by_default(self) -> None:
        self.assertIs(False, self.conf.nova_ext.change_hosts)
        self.assertIsNone(self.conf.nova_ext.domain_xml_command)

    def test_every_feature_is_tested_by_default(self) -> None:
        self.assertIs(True, self.conf.service_available.nova_ext)
        for feature in ('diagnostics', 'host_status', 'hypervisors', 'console', 'compute_driver'):
            self.assertIs(True, self.conf.nova_ext[feature], feature)
        self.assertEqual((None, 'latest'), (
            self.conf.nova_ext.min_version, self.conf.nova_ext.max_version))

    def test_every_option_has_a_help_text(self) -> None:
        for option in [*config.opts, config.service_option]:
            self.assertGreater(len((option.help or '').split()), 3, option.name)
