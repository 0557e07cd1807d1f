# SPDX-License-Identifier: Apache-2.0
"""Where the commands of a page run.

====================== ===========================================================================
``client``             wherever OpenStackClient is, as an administrator: the variables of
                       ``sandbox/stack env`` are set
``compute``            the compute host ``stack1``, which runs with nova-ext; ``compute 2`` is
                       ``stack2``. Its nova.conf is in /etc/nova, Nova in /opt/nova, its logs in
                       /var/log/nova and its servers in /var/lib/nova/instances
``api``                the host of nova-api, in the same way
``new host``           a host of both as it was before nova-ext, with Nova in /opt/nova and
                       units of systemd's; the wheel has been brought to it
``installed host``     the same, where nova-ext is installed and nothing configured yet
``new Debian host``    the same, with Nova in Debian's folder of Python packages
``Debian host``        a Debian with its own Nova and clients, of which no service runs; the
                       Debian packages have been brought to it. Such commands are run by
                       ``tests/deb``
``image``              beside a Dockerfile of the page and the wheel, where ``docker`` can build:
                       buildah, in ``tests/containers``
``container host``     a host whose nova-compute is in a container, with a ``docker`` that can
                       run commands in it
``container``          in nova-compute's container. Both are in the cloud that
                       :mod:`sandbox.contained` makes
``source``             a copy of this checkout, with the tools that a wheel takes
``checkout``           here; commands are not run but looked over
                       (:mod:`tools.documentation.developing`)
``nowhere``            it is not tried
====================== ===========================================================================

What is written on a host is gone when the page is done; its libvirt, and the cloud, are the
real ones. The services that run there read other files than the host shows, as in a container.
"""

from __future__ import annotations

import contextlib
import pathlib
import shutil
import subprocess
from collections.abc import Iterator

from sandbox import environments, settings, state, venvs, wheels
from sandbox.hosts import Host
from tools.documentation import host_files
from tools.documentation.blocks import CHECKOUT, CLIENT, NOWHERE
from tools.documentation.shells import Shell

_FURNISH = pathlib.Path(__file__).with_name('furnish.sh')

#: Folder of the configuration below a host's etc/, and the file that is nova.conf there.
_API, _COMPUTE = ('nova-api', 'nova.conf'), ('nova', 'nova-cpu.conf')

_NEW, _INSTALLED, _SOURCE = 'new host', 'installed host', 'source'
NEW_DEBIAN, DEBIAN_HOST = 'new Debian host', 'Debian host'
IMAGE, CONTAINER, CONTAINER_HOST = 'image', 'container', 'container host'

#: Not in the cloud of ``tests/live/test_documentation.py``.
ELSEWHERE = frozenset({DEBIAN_HOST, IMAGE, CONTAINER, CONTAINER_HOST})

NAMES = ELSEWHERE | frozenset({
    CLIENT, 'compute', 'compute 2', 'api', _NEW, _INSTALLED, NEW_DEBIAN, _SOURCE, CHECKOUT,
    NOWHERE})


class Places:
    """The shells of one page, each begun when it is needed first."""

    def __init__(self, folder: pathlib.Path) -> None:
        """Know the page's own folder, an empty one."""
        self._folder = folder
        self._home = folder / 'home'
        self._home.mkdir()
        self._cloud = state.require()
        self._shells: dict[str, Shell] = {}
        self._copies: list[pathlib.Path] = []

    def shell(self, place: str) -> Shell:
        """The shell at a place."""
        if place not in self._shells:
            self._shells[place] = self._begin(place)
        return self._shells[place]

    def end(self) -> None:
        """End all of them and remove what they left."""
        for shell in self._shells.values():
            shell.end()
        for copy in self._copies:
            shutil.rmtree(copy)

    def _begin(self, place: str) -> Shell:
        if place == CLIENT:
            client = venvs.client_venv()
            return Shell(
                Host(1).enter(['bash', '--noprofile', '--norc'], only_network=True),
                host_files.environment(client / 'bin', settings.client_environment()), self._home)
        if place == _SOURCE:
            return self._at_source()
        return self._on_host(place)

    def _at_source(self) -> Shell:
        """In a copy of the checkout, of all that git would pack and what is not yet committed."""
        copy = self._home / 'nova-ext'
        copy.mkdir()
        files = subprocess.run(
            ['git', '-C', str(settings.CHECKOUT), 'ls-files', '-z', '--cached', '--others',
             '--exclude-standard'], capture_output=True, check=True).stdout
        for name in files.decode().split('\0'):
            if name and (settings.CHECKOUT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(settings.CHECKOUT / name, copy / name)
        for words in (['init', '--quiet'], ['add', '--all', '--force']):
            subprocess.run(['git', '-C', str(copy), *words], check=True, timeout=60)
        # The tools are there, and no index to get others from.
        return Shell(['bash', '--noprofile', '--norc'], host_files.environment(
            self._cloud.environments.stock / 'bin',
            {'PIP_NO_INDEX': '1', 'PIP_NO_BUILD_ISOLATION': '0', 'PBR_VERSION': '0.0.1'}), copy)

    def _on_host(self, place: str) -> Shell:
        kind, _, number = place.partition(' ')
        host = Host(int(number) if number.isdigit() else 1)
        stock = self._cloud.environments.stock
        nova, site, path = self._cloud.environments.nova, '', '/opt/nova/bin'
        if place in (_NEW, NEW_DEBIAN):
            shutil.copy(wheels.plugin_wheel(stock), self._home)
        if place == _NEW:
            nova = self._copy(stock, 'documentation')
        elif place == NEW_DEBIAN:
            nova, path = stock, ''
            [site] = map(str, stock.glob('lib/python3.*/site-packages'))
        folders = [self._folder / f'{place}.{name}' for name in ('scratch', 'etc', 'units')]
        for folder in folders:
            folder.mkdir()
        scratch, etc, units = folders
        host_files.put_units(kind, '' if place == NEW_DEBIAN else '/opt/nova/bin/', units)
        if kind in ('compute', 'api'):
            host_files.put_configuration(host, _API if kind == 'api' else _COMPUTE, etc)
        else:
            self._put_stock_configuration(host, etc)
        instances = host.directory / 'instances'
        words = [str(_FURNISH), str(scratch), str(nova), str(etc), str(host.log_dir),
                 str(instances), str(units), str(settings.CLOUD / 'etc'), site]
        return Shell(
            host.enter(['unshare', '--mount', '--propagation', 'private', 'bash', *words]),
            host_files.environment(
                path, {'PIP_NO_INDEX': '1', 'PIP_DISABLE_PIP_VERSION_CHECK': '1'}),
            self._home)

    def _copy(self, venv: pathlib.Path, name: str) -> pathlib.Path:
        """A copy of an environment, which the page may change; beside it, for hard links."""
        copy = venv.with_name(name)
        shutil.rmtree(copy, ignore_errors=True)
        self._copies.append(copy)
        environments.clone(venv, copy)
        return copy

    def _put_stock_configuration(self, host: Host, etc: pathlib.Path) -> None:
        """What a host without nova-ext has: Nova's own driver and paste file."""
        host_files.put_configuration(host, _COMPUTE, etc)
        nova_conf = etc / 'nova.conf'
        nova_conf.write_text(nova_conf.read_text().replace(
            'compute_driver = nova_ext.LibvirtDriver',
            'compute_driver = libvirt.LibvirtDriver').replace('\n[nova_ext]\n', '\n'))
        shutil.copy(self._cloud.environments.stock / 'etc/nova/api-paste.ini', etc)


@contextlib.contextmanager
def opened(folder: pathlib.Path) -> Iterator[Places]:
    """The places of one page, for a while.

    :param folder: an empty one
    """
    places = Places(folder)
    try:
        yield places
    finally:
        places.end()
