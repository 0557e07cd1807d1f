# SPDX-License-Identifier: Apache-2.0
"""The options of tempest.conf: what a cloud suffers from the tests unless its operator says so."""

from __future__ import annotations

from oslo_config import cfg

from nova_ext.tempest_plugin import config


def test_hosts_are_left_alone_unless_the_operator_says_so() -> None:
    conf = cfg.ConfigOpts()
    conf.register_opts(config.opts, group=config.group)
    conf([])
    assert conf.nova_ext.change_hosts is False
    assert conf.nova_ext.domain_xml_command is None


def test_every_feature_is_tested_by_default() -> None:
    conf = cfg.ConfigOpts()
    conf.register_opts(config.opts, group=config.group)
    conf.register_opt(config.service_option, group='service_available')
    conf([])
    assert conf.service_available.nova_ext is True
    for feature in ('diagnostics', 'host_status', 'hypervisors', 'console', 'compute_driver'):
        assert conf.nova_ext[feature] is True
    assert (conf.nova_ext.min_version, conf.nova_ext.max_version) == (None, 'latest')


def test_every_option_has_a_help_text() -> None:
    for option in [*config.opts, config.service_option]:
        assert len((option.help or '').split()) > 3, option.name
