# SPDX-License-Identifier: Apache-2.0
"""``nova-ext-status upgrade check``, as an operator or a script calls it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from nova import conf as nova_conf

from nova_ext.cmd import status
from nova_ext.virt.libvirt.console import requirements, virtlogd


class Answer(NamedTuple):
    """What the command says."""

    code: int
    #: By the name of the check, its code and its words.
    checks: dict[str, tuple[int, Any]]


class Host:
    """A host with libvirt's test driver, and no virtlogd but what is written here."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.options = {'libvirt': {'connection_uri': 'test:///default'}, 'nova_ext': {}}

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


def test_a_good_host(
        host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answer = host.check(monkeypatch, capsys)
    assert answer.code == 0
    assert {name: code for name, (code, _) in answer.checks.items()} == {
        'libvirt and QEMU': 0, 'virtlogd': 0, 'Directory of the console logs': 0}
    assert 'libvirt ' in answer.checks['libvirt and QEMU'][1]
    assert answer.checks['virtlogd'][1].startswith('virtlogd keeps 2097152 bytes and 3 older')


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
    assert answer.checks['virtlogd'][1].endswith('Start virtlogd.socket.')


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
    assert answer.checks['virtlogd'][1].endswith('Run this as root.')


def test_a_directory_that_is_not_there_fails(
        host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    host.options['nova_ext']['console_log_directory'] = str(host.directory / 'gone')
    answer = host.check(monkeypatch, capsys)
    assert answer.code == 2
    assert 'gone is not there' in answer.checks['Directory of the console logs'][1]
