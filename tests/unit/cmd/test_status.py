# SPDX-License-Identifier: Apache-2.0
"""``nova-ext-status upgrade check``, as an operator or a script calls it."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from nova import conf as nova_conf

from nova_ext import nova_internals
from nova_ext.cmd import deployment, status
from nova_ext.virt.libvirt.console import requirements, virtlogd
from tests.unit.cmd import test_paste


class Answer(NamedTuple):
    """What the command says."""

    code: int
    #: By the name of the check, its code and its words.
    checks: dict[str, tuple[int, Any]]


class Host:
    """A host with libvirt's test driver, and no virtlogd but what is written here."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.options: dict[str, dict[str, str]] = {
            'DEFAULT': {'compute_driver': 'nova_ext.LibvirtDriver'},
            'libvirt': {'connection_uri': 'test:///default'}, 'nova_ext': {}}

    def check(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
              ) -> Answer:
        """Run the command."""
        file = self.directory / 'nova.conf'
        file.write_text(''.join(
            f'[{group}]\n' + ''.join(f'{name} = {value}\n' for name, value in values.items())
            for group, values in self.options.items()))
        monkeypatch.setattr(sys, 'argv', [
            'nova-ext-status', '--config-file', str(file), 'upgrade', 'check', '--json'])
        code = status.main()
        return Answer(code, {
            check['check']: (check['result'], check['details'])
            for check in json.loads(capsys.readouterr().out)['checks']})


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, file in (('SOCKET', 'virtlogd-sock'), ('CONFIGURATION', 'virtlogd.conf'),
                       ('QEMU_CONFIGURATION', 'qemu.conf')):
        monkeypatch.setattr(virtlogd, name, str(tmp_path / file))
    monkeypatch.setattr(virtlogd, '_LIBVIRT_SOCKETS', (str(tmp_path / 'libvirt-sock'),))
    monkeypatch.setattr(requirements, '_QEMU', 1)  # libvirt's test driver says 2
    yield Host(tmp_path)
    nova_conf.CONF.reset()
    nova_conf.CONF.unregister_opt(nova_conf.CONF._opts['command']['opt'])


def test_a_good_compute_host(
        host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answer = host.check(monkeypatch, capsys)
    assert answer.code == 0, answer
    assert len(answer.checks) == 7
    assert answer.checks['Nova'][1].startswith('Nova 34.')
    assert answer.checks['Compute driver'][1] == (
        'Nova finds compute_driver = nova_ext.LibvirtDriver')
    assert answer.checks['Filter of the API'][1].endswith('this is no API host')
    assert answer.checks['Policy file'][1] == 'There is no policy file: every rule is as it comes'
    assert 'libvirt ' in answer.checks['libvirt and QEMU'][1]
    assert answer.checks['virtlogd'][1].startswith('virtlogd keeps 2097152 bytes and 3 older')


def test_a_good_api_host(
        host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    host.options = {}
    (host.directory / 'api-paste.ini').write_text(test_paste.GOOD)
    (host.directory / 'policy.yaml').write_text(
        '"nova_ext:diagnostics:show": "role:reader"\n"os_compute_api:servers:show": "@"\n')
    answer = host.check(monkeypatch, capsys)
    assert answer.code == 0, answer
    assert answer.checks['Compute driver'][1].endswith('this is no compute host')
    assert answer.checks['Filter of the API'][1].count('nova-ext is in its place') == 2
    assert answer.checks['Policy file'][1] == f'{host.directory}/policy.yaml can be read'
    for name in ('libvirt and QEMU', 'virtlogd', 'Directory of the console logs'):
        assert answer.checks[name] == (0, 'Nothing to look at on this host')


def test_an_api_without_the_filter_fails(
        host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (host.directory / 'api-paste.ini').write_text('[composite:x]\n')
    answer = host.check(monkeypatch, capsys)
    assert answer.code == 2
    assert 'has no filter of nova-ext' in answer.checks['Filter of the API'][1]


def test_a_release_that_nobody_tried_is_a_warning(
        host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(importlib.metadata, 'version', lambda _: '99.0.0')
    answer = host.check(monkeypatch, capsys)
    assert answer.code == 1
    code, told = answer.checks['Nova']
    assert (code, told) == (1, (
        'Nova 99.0.0 is not among the releases that nova-ext was tried with (26 to 34). Look for '
        'another nova-ext'))


def test_a_nova_in_which_something_moved_fails(
        host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(nova_internals, 'moved', lambda: ['nova.x is gone.'])
    answer = host.check(monkeypatch, capsys)
    assert answer.checks['Nova'][0] == answer.code == 2
    assert 'nova.x is gone. Look for another' in answer.checks['Nova'][1]


@pytest.mark.parametrize(('driver', 'told'), [
    ('libvirt.LibvirtDriver', 'Set it to nova_ext.LibvirtDriver'),
    ('fake.FakeDriver', 'nova-ext has no driver in the place of fake.FakeDriver')])
def test_a_driver_of_novas_is_a_warning(
        driver: str, told: str, host: Host, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    host.options['DEFAULT']['compute_driver'] = driver
    answer = host.check(monkeypatch, capsys)
    assert answer.checks['Compute driver'][0] == answer.code == 1
    assert answer.checks['Compute driver'][1].endswith(told)


def test_a_driver_that_there_is_not_fails(
        host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    host.options['DEFAULT']['compute_driver'] = 'nova_ext.ZVMDriver'
    answer = host.check(monkeypatch, capsys)
    assert answer.checks['Compute driver'] == (2, (
        'compute_driver = nova_ext.ZVMDriver: nova-ext has no compute driver ZVMDriver; it has '
        "['LibvirtDriver']"))


def test_a_shim_that_nova_does_not_see_fails_and_names_both_places(
        host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(deployment, '_SHIM', 'nova.virt.not_there')
    answer = host.check(monkeypatch, capsys)
    code, told = answer.checks['Compute driver']
    assert code == answer.code == 2
    nova = Path(nova_conf.__file__).parents[2]
    assert f'and Nova in {nova}. Install nova-ext where Nova is' in told


def test_a_rule_that_nova_ext_does_not_know_is_a_warning(
        host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (host.directory / 'policy.yaml').write_text('"nova_ext:diagnostic:show": "@"\n')
    answer = host.check(monkeypatch, capsys)
    code, told = answer.checks['Policy file']
    assert code == answer.code == 1
    assert 'does not know: nova_ext:diagnostic:show. It knows ' in told
    assert 'nova_ext:diagnostics:show' in told


def test_a_policy_file_that_cannot_be_read_fails(
        host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (host.directory / 'policy.yaml').write_text('- no: [mapping\n')
    answer = host.check(monkeypatch, capsys)
    assert answer.checks['Policy file'][0] == answer.code == 2


def test_what_is_too_old_fails(
        host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(requirements, '_QEMU', 2_007_000)
    answer = host.check(monkeypatch, capsys)
    assert answer.code == 2
    code, told = answer.checks['libvirt and QEMU']
    assert code == 2
    assert told.startswith('QEMU 0.0.2 cannot have consoles logged by virtlogd; it takes 2.7.0; ')


def test_a_libvirt_that_does_not_answer_fails_and_names_the_cure(
        host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    host.options['libvirt']['connection_uri'] = f'test://{host.directory}/nothing.xml'
    answer = host.check(monkeypatch, capsys)
    assert answer.code == 2
    assert 'Run this on a compute host' in answer.checks['libvirt and QEMU'][1]


def test_no_virtlogd_fails_and_names_the_cure(
        host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (host.directory / 'qemu.conf').write_text('# all as it comes\n')
    (host.directory / 'libvirt-sock').touch()
    answer = host.check(monkeypatch, capsys)
    assert answer.code == 2
    assert answer.checks['virtlogd'][1].endswith('Start virtlogd.socket')


def test_logs_without_a_limit_are_a_warning(
        host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (host.directory / 'qemu.conf').write_text('stdio_handler = "file"\n')
    answer = host.check(monkeypatch, capsys)
    assert answer.code == 1
    assert answer.checks['virtlogd'][0] == 1
    assert answer.checks['virtlogd'][1].startswith('stdio_handler = "file" in ')


def test_one_who_may_not_look_is_told_to_be_root(
        host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(path: str) -> str:
        raise PermissionError(13, 'Permission denied', path)

    monkeypatch.setattr(virtlogd, 'read', refuse)
    answer = host.check(monkeypatch, capsys)
    assert answer.code == 1
    assert answer.checks['virtlogd'][1].endswith('Run this as root')


def test_a_directory_that_is_not_there_fails(
        host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    host.options['nova_ext']['console_log_directory'] = str(host.directory / 'gone')
    answer = host.check(monkeypatch, capsys)
    assert answer.code == 2
    assert 'gone is not there' in answer.checks['Directory of the console logs'][1]
