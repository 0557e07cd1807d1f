"""The Python environments of the sandbox: of the services, of each Nova, of clients and tools.

Every environment holds what ``requirements/NAME.txt`` pins, so that next year's sandbox is
today's. ``NAME.in`` lists what we ask for; to renew the pins after changing it::

    python3 -m sandbox.venvs freeze nova-34 --constraints upper-constraints.txt

To add a Nova release, write ``requirements/nova-NN.in`` and freeze it with its upper constraints.
``python3 -m sandbox.venvs create nova-34 [--plugin]`` makes one by hand and prints its path.
"""

import argparse
import concurrent.futures
import pathlib
import re
import sys
from collections.abc import Callable, Iterable

from sandbox import environments, pins, settings
from sandbox.errors import SandboxError

#: How many environments are made at a time.
_SIDE_BY_SIDE = 3


def services_venv() -> pathlib.Path:
    """Return the environment of Keystone, Glance, Neutron, Placement and the client."""
    return environments.pinned('services', pins.read('services'))


def cinder_venv() -> pathlib.Path:
    """Return the environment of Cinder."""
    return environments.pinned('cinder', pins.read('cinder'))


def ceilometer_venv() -> pathlib.Path:
    """Return the environment of ceilometer's compute agent, a reader of Nova's metadata."""
    return environments.pinned('ceilometer', pins.read('ceilometer'))


def ironic_venv() -> pathlib.Path:
    """Return the environment of Ironic."""
    return environments.pinned('ironic', pins.read('ironic'))


def client_venv() -> pathlib.Path:
    """Return the environment of the command line clients, with this checkout installed."""
    return environments.with_plugin(environments.pinned('client', pins.read('client')))


def debian_client_venv() -> pathlib.Path:
    """Return the same with the clients of Debian 12, the oldest that nova-ext supports."""
    name = 'client-debian-12'
    return environments.with_plugin(environments.pinned(name, pins.read(name)))


def tempest_venv(name: str = 'tempest') -> pathlib.Path:
    """Return the environment of Tempest, with this checkout installed.

    *name* is ``tempest``, or ``tempest-33`` for the oldest that the plugin supports.
    """
    return environments.with_plugin(environments.pinned(name, pins.read(name)))


def docs_venv() -> pathlib.Path:
    """Return the environment that the documentation is built in: the default Nova, the plugin."""
    stock = nova_venv(settings.DEFAULT_NOVA, plugin=False)
    return environments.with_plugin(stock, 'docs', pins.read('docs'))


def nova_venv(version: str, *, plugin: bool) -> pathlib.Path:
    """Return an environment with that Nova; with *plugin*, one where this checkout is installed.

    *version* is a full version or only a series (``34``), which means the version pinned for it.
    """
    lines = _nova_pins(version)
    stock = environments.pinned('nova-' + re.findall(r'(?m)^nova==(.*)$', lines)[0], lines)
    return environments.with_plugin(stock) if plugin else stock


def earlier_venv(version: str) -> pathlib.Path:
    """Return an environment with the nova-ext of settings.EARLIER.

    *version* is as for nova_venv().
    """
    return environments.with_plugin(
        nova_venv(version, plugin=False), commit=settings.EARLIER)


def test_venv() -> pathlib.Path:
    """Return the environment that the tests run in: the default Nova, the plugin, the tools."""
    stock = nova_venv(settings.DEFAULT_NOVA, plugin=False)
    return environments.with_plugin(stock, 'test', pins.read('test'))


def nova_version(series: str) -> str:
    """Return the version of Nova that is pinned for a series."""
    version: str = re.findall(r'(?m)^nova==(.*)$', pins.read(f'nova-{series}'))[0]
    return version


def nova_tests_venv(series: str, *, plugin: bool) -> pathlib.Path:
    """Return an environment that Nova's own tests run in; with *plugin*, with this checkout."""
    name = f'nova-tests-{series}'
    stock = environments.pinned(name, pins.read(f'nova-{series}') + pins.read(name))
    return environments.with_plugin(stock) if plugin else stock


def vmware_venv(version: str, *, plugin: bool) -> pathlib.Path:
    """Return an environment with what Nova's driver for VMware needs, too, and its tests.

    *version* and *plugin* are as for nova_venv().
    """
    name = f'vmware-{version.partition(".")[0]}'
    lines = _nova_pins(version)
    if not (pins.REQUIREMENTS / f'{name}.txt').exists():
        raise SandboxError(f"no pins for Nova {version} with its driver for VMware")
    stock = environments.pinned(name, lines + pins.read(name))
    return environments.with_plugin(stock) if plugin else stock


def ironic_driver_venv(version: str, *, plugin: bool) -> pathlib.Path:
    """Return an environment with what Nova's driver for ironic needs: since Nova 28 Nova's own.

    *version* and *plugin* are as for nova_venv().
    """
    name = f'ironic-driver-{version.partition(".")[0]}'
    if not (pins.REQUIREMENTS / f'{name}.txt').exists():
        return nova_venv(version, plugin=plugin)
    stock = environments.pinned(name, _nova_pins(version) + pins.read(name))
    return environments.with_plugin(stock) if plugin else stock


#: The environments that are no Nova's, by name.
TOOLS: dict[str, Callable[[], pathlib.Path]] = {
    'services': services_venv, 'cinder': cinder_venv, 'ceilometer': ceilometer_venv,
    'ironic': ironic_venv,
    'client': client_venv, 'client-debian-12': debian_client_venv, 'tempest': tempest_venv,
    'tempest-33': lambda: tempest_venv('tempest-33'),
    'docs': docs_venv, 'test': test_venv}


def make_all(makers: Iterable[Callable[[], pathlib.Path]]) -> None:
    """Make environments, some side by side: half of the time goes into waiting and unpacking."""
    with concurrent.futures.ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        for future in [pool.submit(make) for make in makers]:
            future.result()


def _nova_pins(version: str) -> str:
    """Return the pinned lines of a Nova.

    *version* is as for nova_venv().
    """
    series = version.partition('.')[0]
    known = pins.known_series()
    if series not in known:
        raise SandboxError(f"no pins for Nova {version}; there are some for {', '.join(known)}")
    lines = pins.read(f'nova-{series}')
    return re.sub(r'(?m)^nova==.*$', f'nova=={version}', lines) if '.' in version else lines


def main() -> int:
    """Renew pins or make one environment by hand."""
    parser = argparse.ArgumentParser(prog='python3 -m sandbox.venvs', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    freezer = commands.add_parser('freeze', help='resolve NAME.in and write the pins to NAME.txt')
    freezer.add_argument('name')
    freezer.add_argument('--constraints', type=pathlib.Path, required=True)
    creator = commands.add_parser('create', help='make an environment and print its path')
    creator.add_argument('name', help=f'{", ".join(TOOLS)} or nova-VERSION')
    creator.add_argument('--plugin', action='store_true', help='with this checkout installed')
    args = parser.parse_args()
    try:
        if args.command == 'freeze':
            print(pins.freeze(args.name, args.constraints))
        elif args.name in TOOLS:
            print(TOOLS[args.name]())
        else:
            print(nova_venv(args.name.removeprefix('nova-'), plugin=args.plugin))
    except SandboxError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
