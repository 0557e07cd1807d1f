# SPDX-License-Identifier: Apache-2.0
"""What the sandbox starts containers with, tried with a command that looks around."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import subprocess
from collections.abc import Iterator

import pytest

from sandbox import accounts, settings, venvs
from sandbox.client.api import wait_for
from sandbox.contained import buildah, containers, images

pytestmark = pytest.mark.contained_cloud

#: What the command finds goes into a file that is seen outside, too; it ends when asked to.
PROBE = r'''
trap 'echo asked; exit 7' TERM
id -un; id -Gn; sed -n s/^ID=//p /etc/os-release; ls -d /proc/[0-9]* | wc -l
stat -c '%U %a' /etc/nova/nova.conf; cat /etc/nova/nova.conf
touch /config/file 2>/dev/null || echo 'read only'
sudo -n true 2>/dev/null || echo 'not root'
sudo -n nova-rootwrap /etc/nova/rootwrap.conf true 2>&1 | grep -o 'Unauthorized command'
ls /.dockerenv
echo ready
while :; do sleep 0.1; done
'''


@pytest.fixture(scope='module')
def layers() -> list[pathlib.Path]:
    """Those of the image that has Nova."""
    buildah.ensure()
    name = images.recipe().base
    images.ensure_base(venvs.nova_venv(settings.DEFAULT_NOVA, plugin=False), name)
    return buildah.layers(name)


@contextlib.contextmanager
def started(folder: pathlib.Path, layers: list[pathlib.Path], *,
            host_pids: bool) -> Iterator[subprocess.Popen[bytes]]:
    """A container that runs the probe, whose output is in the folder."""
    nova = accounts.of_machine()
    config, found = folder / 'config', folder / 'found'
    for path in (config, found, folder / 'containers'):
        path.mkdir()
    os.chown(found, nova.uid, nova.gid)
    (config / 'probe').write_text(f'exec >/found/out\n{PROBE}')
    (config / 'nova.conf').write_text('[DEFAULT]\n')
    (config / 'config.json').write_text(json.dumps({
        'command': 'sh /config/probe', 'config_files': [{
            'source': '/config/nova.conf', 'dest': '/etc/nova/nova.conf', 'owner': 'nova',
            'perm': '0600'}]}))
    spec = folder / 'container.json'
    spec.write_text(json.dumps({
        'layers': [str(layer) for layer in layers], 'folder': str(folder / 'containers'),
        'volumes': [[str(config), '/config', 'ro'], [str(found), '/found', 'rw']],
        'config': '/config/config.json', 'host_pids': host_pids,
        'uid': nova.uid, 'gid': nova.gid,
        'environment': {'PATH': f'{images.VENV}/bin:/usr/sbin:/usr/bin:/sbin:/bin'}}))
    process = subprocess.Popen([settings.PYTHON, str(containers.RUNTIME), str(spec)])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def is_ready(folder: pathlib.Path) -> bool:
    path = folder / 'found/out'
    return path.exists() and path.read_text().endswith('ready\n')


@pytest.mark.parametrize('host_pids', [False, True])
def test_command_runs_as_nova_in_the_image_and_ends_when_asked_to(
        tmp_path: pathlib.Path, layers: list[pathlib.Path], host_pids: bool) -> None:
    with started(tmp_path, layers, host_pids=host_pids) as process:
        wait_for('the command has looked around', lambda: is_ready(tmp_path), timeout=60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 7
    user, group, system, processes, *others = (tmp_path / 'found/out').read_text().splitlines()
    assert (user, group, system) == ('nova', 'nova', images.OS)
    # Its first process, its shell, and the pipe that counts them.
    assert (int(processes) > 6) is host_pids
    assert others == ['nova 600', '[DEFAULT]', 'read only', 'not root', 'Unauthorized command',
                      '/.dockerenv', 'ready', 'asked']
    assert not (tmp_path / 'config/file').exists()


def test_command_ends_with_its_runtime(
        tmp_path: pathlib.Path, layers: list[pathlib.Path]) -> None:
    with started(tmp_path, layers, host_pids=False) as process:
        wait_for('the command has looked around', lambda: is_ready(tmp_path), timeout=60)
        [first] = pathlib.Path(
            f'/proc/{process.pid}/task/{process.pid}/children').read_text().split()
        process.kill()
        process.wait()
        wait_for('the container has ended', lambda: not os.path.exists(f'/proc/{first}'),
                 timeout=30)
