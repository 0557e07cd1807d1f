# SPDX-License-Identifier: Apache-2.0
"""The options, their documentation and their limits."""

from __future__ import annotations

import configparser
import re

import ddt
from oslo_config import cfg, generator

from nova_ext import conf as nova_ext_conf
from nova_ext.conf import opts
from tests.fixtures import configuration
from tests.unit import base

[(_, OPTIONS)] = opts.list_opts()

NAMES = [option.name for option in OPTIONS]

BY_NAME: dict[str, cfg.Opt] = {option.name: option for option in OPTIONS}


@ddt.ddt
class TestDocumentation(base.TestCase):
    @ddt.data(*NAMES)
    def test_option_is_explained(self, name: str) -> None:
        text = BY_NAME[name].help or ''
        self.assertGreater(len(text), 100)
        self.assertIn('Possible values:', text)
        self.assert_matches(r'Read by\s+nova-(api|compute)', text)

    def test_sample_generator_writes_every_option_with_its_default(self) -> None:
        sample = self.make_directory() / 'nova-ext.conf.sample'
        generator.main(['--namespace', 'nova_ext', '--output-file', str(sample)])
        parser = configparser.ConfigParser()
        parser.read_string(re.sub(r'^#(?=\w)', '', sample.read_text(), flags=re.MULTILINE))
        self.assertEqual({option.dest for option in OPTIONS}, set(parser['nova_ext']))
        self.assertEqual('10.0', parser['nova_ext']['rpc_timeout'])


@ddt.ddt
class TestValues(base.TestCase):
    def read(self, text: str) -> cfg.ConfigOpts:
        """Return the configuration from a nova.conf with that text in the group nova_ext."""
        path = self.make_directory() / 'nova.conf'
        path.write_text('[nova_ext]\n' + text)
        conf = cfg.ConfigOpts()
        nova_ext_conf.register_opts(conf)
        conf(['--config-file', str(path)], project='nova')
        return conf

    @ddt.data(*NAMES)
    def test_default_is_a_valid_value(self, name: str) -> None:
        option = BY_NAME[name]
        if option.default is None:
            self.assertIsNone(getattr(self.read('').nova_ext, option.dest))
            return
        values = option.default if isinstance(option.default, list) else [option.default]
        text = ','.join(str(value) for value in values)
        conf = self.read(f'{option.dest} = {text}\n')
        self.assertEqual(option.default, getattr(conf.nova_ext, option.dest))

    def test_options_are_read_from_nova_conf(self) -> None:
        conf = self.read('enabled_controllers = \nrpc_timeout = 3\nlibvirt_timeout = 0.5\n')
        self.assertEqual([], conf.nova_ext.enabled_controllers)
        self.assertEqual(3.0, conf.nova_ext.rpc_timeout)
        self.assertEqual(0.5, conf.nova_ext.libvirt_timeout)

    @ddt.data(
        'rpc_timeout = 0.9', 'rpc_timeout = 0', 'libvirt_timeout = 0.05', 'libvirt_timeout = -1',
        'sample_interval = 0.5', 'sample_interval = soon', 'console_history_bytes = -1',
        'console_history_bytes = 16777217', 'console_log_after_delete = -1',
        'console_log_after_delete_size = 0')
    def test_value_outside_its_limits_raises(self, line: str) -> None:
        name = line.partition(' ')[0]
        with self.assert_raises(cfg.ConfigFileValueError, name):
            getattr(self.read(line).nova_ext, name)

    def test_rpc_timeout_is_longer_than_libvirt_timeout_by_default(self) -> None:
        conf = self.useFixture(configuration.Configuration()).conf
        self.assertGreater(conf.nova_ext.rpc_timeout, conf.nova_ext.libvirt_timeout)

    def test_options_may_be_registered_twice(self) -> None:
        conf = cfg.ConfigOpts()
        nova_ext_conf.register_opts(conf)
        nova_ext_conf.register_opts(conf)
        conf([])
        self.assertEqual({option.dest for option in OPTIONS}, set(conf.nova_ext))
