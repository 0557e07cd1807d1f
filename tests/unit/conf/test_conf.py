# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import configparser
import pathlib
import re
from typing import Any

import pytest
from oslo_config import cfg, generator

from nova_ext import conf as nova_ext_conf
from nova_ext.conf import opts

(GROUP, OPTIONS), = opts.list_opts()

EACH = pytest.mark.parametrize('option', OPTIONS, ids=lambda option: str(option.name))


def configured(tmp_path: pathlib.Path, text: str) -> cfg.ConfigOpts:
    path = tmp_path / 'nova.conf'
    path.write_text('[nova_ext]\n' + text)
    conf = cfg.ConfigOpts()
    nova_ext_conf.register_opts(conf)
    conf(['--config-file', str(path)], project='nova')
    return conf


@EACH
def test_every_option_is_explained(option: cfg.Opt) -> None:
    text = option.help or ''
    assert len(text) > 100
    assert 'Possible values:' in text
    assert re.search(r'Read by\s+nova-(api|compute)', text)


@EACH
def test_every_default_is_a_value_that_the_option_takes(
        option: cfg.Opt, tmp_path: pathlib.Path) -> None:
    if option.default is None:
        assert getattr(configured(tmp_path, '').nova_ext, option.dest) is None
        return
    values = option.default if isinstance(option.default, list) else [option.default]
    text = ','.join(str(value) for value in values)
    conf = configured(tmp_path, f'{option.dest} = {text}\n')
    assert getattr(conf.nova_ext, option.dest) == option.default


def test_options_are_read_from_novas_file(tmp_path: pathlib.Path) -> None:
    conf = configured(
        tmp_path, 'enabled_controllers = \nrpc_timeout = 3\nlibvirt_timeout = 0.5\n')
    assert conf.nova_ext.enabled_controllers == []
    assert conf.nova_ext.rpc_timeout == 3.0
    assert conf.nova_ext.libvirt_timeout == 0.5


@pytest.mark.parametrize('line', [
    'rpc_timeout = 0.9', 'rpc_timeout = 0', 'libvirt_timeout = 0.05', 'libvirt_timeout = -1',
    'sample_interval = 0.5', 'sample_interval = soon', 'console_history_bytes = -1',
    'console_history_bytes = 16777217'])
def test_a_value_outside_its_limits_is_refused(line: str, tmp_path: pathlib.Path) -> None:
    name = line.partition(' ')[0]
    with pytest.raises(cfg.ConfigFileValueError, match=name):
        getattr(configured(tmp_path, line).nova_ext, name)


def test_a_host_that_hangs_is_told_from_a_guest_that_hangs_by_default(conf: Any) -> None:
    assert conf.nova_ext.rpc_timeout > conf.nova_ext.libvirt_timeout


def test_registering_twice_does_no_harm() -> None:
    conf = cfg.ConfigOpts()
    nova_ext_conf.register_opts(conf)
    nova_ext_conf.register_opts(conf)
    conf([])
    assert set(conf.nova_ext) == {option.dest for option in OPTIONS}


def test_the_sample_generator_writes_every_option_with_its_default(
        tmp_path: pathlib.Path) -> None:
    sample = tmp_path / 'nova-ext.conf.sample'
    generator.main(['--namespace', 'nova_ext', '--output-file', str(sample)])
    parser = configparser.ConfigParser()
    parser.read_string(re.sub(r'^#(?=\w)', '', sample.read_text(), flags=re.MULTILINE))
    assert set(parser['nova_ext']) == {option.dest for option in OPTIONS}
    assert parser['nova_ext']['rpc_timeout'] == '10.0'
