# SPDX-License-Identifier: Apache-2.0
"""Debian's own Nova with nova-ext as its page says: its packages and ``nova-ext-setup``.

Services and guests run as Debian's users, and the client is Debian's.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox import state
from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests.live import domain_metadata
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.console_log import NumberedLines, live_migrate, serial_port
from tests.live.debian_host import DebianHost

pytestmark = pytest.mark.debian_cloud

USERS = {
    'mariadb': 'mysql', 'rabbitmq': 'rabbitmq', 'keystone': 'keystone', 'glance': 'glance',
    'placement': 'placement', 'neutron-api': 'neutron', 'nova-api': 'nova',
    'nova-conductor': 'nova', 'nova-scheduler': 'nova', 'nova-compute': 'nova',
}

#: What a guest of 128 MiB does not use of them, or its balloon has not told yet.
SLACK = 16


@pytest.fixture(scope='module')
def host(cloud: state.State) -> DebianHost:
    """The controller, which is a compute host, too."""
    if not cloud.options.debian:
        pytest.skip("THE CLOUD IS NOT OF DEBIAN'S PACKAGES: start it with --debian.")
    return DebianHost(PLUGIN_HOST)


@pytest.fixture(scope='module')
def lines(boot: Callable[..., Guest]) -> NumberedLines:
    return NumberedLines(boot(host=PLUGIN_HOST))


@pytest.fixture(scope='module')
def guest(lines: NumberedLines) -> Guest:
    return lines.guest


def upgrade_check(host: DebianHost, user: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """Run the checks as a user; return the exit status, and the checks by name."""
    done = host.try_as(user, 'nova-ext-status', 'upgrade', 'check', '--json')
    return done.returncode, {
        check['check']: check for check in json.loads(done.stdout)['checks']}


def changed_lines(before: str, after: str) -> list[str]:
    """The lines that are not in both, with their signs."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0)
    return [line for line in found if not line.startswith(('---', '+++', '@@'))]


def test_services_and_guests_run_as_users_of_debian(host: DebianHost, guest: Guest) -> None:
    found = {name: host.user_of(host.service(name).pid() or 0) for name in USERS}
    assert found == USERS
    assert host.user_of(guest.process.pid) == 'libvirt-qemu'


def test_setup_has_changed_the_driver_and_the_pipelines_and_nothing_else(
        host: DebianHost) -> None:
    before, after = host.configuration_before(), host.configuration()
    assert {name: file[1:] for name, file in after.items()} == {
        name: file[1:] for name, file in before.items()}
    changed = {name: lines for name in after
               if (lines := changed_lines(before[name].text, after[name].text))}
    assert sorted(changed) == ['api-paste.ini', 'nova-compute.conf']
    assert changed['nova-compute.conf'] == [
        '-compute_driver=libvirt.LibvirtDriver', '+compute_driver=nova_ext.LibvirtDriver']
    assert len([line for line in changed['api-paste.ini'] if line.startswith('-')]) == 2


def test_diagnostics_with_the_client_of_debian(
        host: DebianHost, api: Api, guest: Guest) -> None:
    shown = host.openstack('server', 'diagnostics', 'show', guest.id)
    meminfo = guest.meminfo()
    assert shown['state'] == 'running'
    assert shown['hypervisor_os'] == 'debian'
    assert shown['memory_details']['maximum'] == 128
    assert shown['memory_details']['used'] == pytest.approx(
        (meminfo['MemTotal'] - meminfo['MemAvailable']) / 1024, abs=SLACK)
    assert shown['uptime'] == pytest.approx(guest.process.age(), abs=10)
    [cpu] = shown['cpu_details']
    assert cpu['time'] / 1e9 == pytest.approx(guest.process.vcpu_seconds()[0], rel=0.2)
    hypervisors = host.openstack('hypervisor', 'status', 'list')
    assert {found['State'] for found in hypervisors} == {'up'}
    [listed] = [found for found in host.openstack('server', 'host', 'status', 'list')
                if found['ID'] == guest.id]
    assert listed['Host Status'] == 'UP'


def test_console_log_and_metadata_survive_a_live_migration(
        lines: NumberedLines, guest: Guest) -> None:
    """The log is kept by virtlogd beside the serial console, which asks the guest here."""
    lines.print(1000)
    lines.check_output()
    assert serial_port(guest) == ('tcp', 'on')
    live_migrate(guest, OTHER_PLUGIN_HOST)
    lines.print(500)
    lines.check_output()
    lines.check_files()
    assert serial_port(guest) == ('tcp', 'on')
    domain_metadata.check(guest, within=60)


def test_status_command_knows_what_its_user_may_not_read(host: DebianHost) -> None:
    status, checks = upgrade_check(host, 'root')
    assert status == 0, checks
    assert '/etc/nova/nova-compute.conf' in checks['Compute driver']['details']
    for user, file in (('nova', '/etc/libvirt/qemu.conf'), ('nobody', '/etc/nova/nova.conf')):
        status, checks = upgrade_check(host, user)
        assert status == 1, checks
        assert f'{file} cannot be read' in json.dumps(checks), user


def test_disable_takes_all_back_and_guests_stay(
        host: DebianHost, api: Api, boot: Callable[..., Guest]) -> None:
    guest = boot(host=PLUGIN_HOST, wait=False)
    guest.wait_status('ACTIVE')
    pid, enabled = guest.process.pid, host.configuration()
    try:
        for part in ('api', 'compute'):
            host.run_as('root', 'nova-ext-setup', 'disable', part)
        assert host.configuration() == host.configuration_before()
        status, checks = upgrade_check(host, 'root')
        assert status != 0
        assert 'has loaded nova_ext.LibvirtDriver' in json.dumps(checks)
        host.restart('nova-api', 'nova-compute')
        answer = api.request('GET', f'/servers/{guest.id}/diagnostics', nova_ext='1.0',
                             compute='2.48')
        assert answer.json()['memory_details'] == {'maximum': 0, 'used': 0}
        assert 'nova-ext' not in answer.headers['OpenStack-API-Version']
        installed = files_of(host, 'python3-nova-ext')
        assert '/usr/bin/nova-ext-setup' in installed
        host.run_as('root', 'apt-get', 'purge', '--yes', 'python3-nova-ext')
        assert not {name for name in installed if host.path(name).exists()}
    finally:
        enable(host)
    assert host.configuration() == enabled
    assert guest.process.pid == pid
    assert api.diagnostics(guest.id)['memory_details']['maximum'] == 128


def files_of(host: DebianHost, package: str) -> set[str]:
    """The files, not the directories, that a package has on a host."""
    names = host.run_as('root', 'dpkg-query', '--listfiles', package).split()
    return {name for name in names if not host.path(name).is_dir()}


def enable(host: DebianHost) -> None:
    """The two commands for each service, and the restarts that they ask for."""
    [package] = (host.etc.parent / 'root').glob('python3-nova-ext_*.deb')
    host.run_as('root', 'dpkg', '--install', f'/root/{package.name}')
    for part in ('api', 'compute'):
        host.run_as('root', 'nova-ext-setup', 'enable', part)
    host.restart('nova-api', 'nova-compute')
