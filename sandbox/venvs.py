"""The Python environments of the sandbox: of the services, of each Nova, of clients and tools.

Every environment holds what ``requirements/NAME.txt`` pins, so that next year's sandbox is
today's. ``NAME.in`` lists what we ask for; to renew the pins after changing it::

    python3 -m sandbox.venvs freeze nova-34 --constraints upper-constraints.txt

To add a Nova release, write ``requirements/nova-NN.in`` and freeze it with its upper constraints.
``python3 -m sandbox.venvs create nova-34 [--plugin]`` makes one by hand and prints its path.
"""

import argparse
import concurrent.futures
import configparser
import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator

from sandbox import settings
from sandbox.errors import SandboxError

REQUIREMENTS = pathlib.Path(__file__).with_name('requirements')
VENVS = settings.STATE / 'venvs'
STAMP = '.complete'

#: How many environments are made at a time.
_SIDE_BY_SIDE = 3

PLUGIN_STAMP = '.plugin'

#: What the plugin's wheel is made from; a change in any of them makes a new wheel.
PLUGIN_SOURCES = (
    'nova_ext', 'nova', 'etc', 'setup.cfg', 'setup.py', 'pyproject.toml', 'requirements.txt',
    'MANIFEST.in', 'README.rst', 'LICENSE',
)


def services_venv() -> pathlib.Path:
    """Return the environment of Keystone, Glance, Neutron, Placement and the client."""
    return _pinned_venv('services', _pins('services'))


def cinder_venv() -> pathlib.Path:
    """Return the environment of Cinder."""
    return _pinned_venv('cinder', _pins('cinder'))


def ceilometer_venv() -> pathlib.Path:
    """Return the environment of ceilometer's compute agent, a reader of Nova's metadata."""
    return _pinned_venv('ceilometer', _pins('ceilometer'))


def ironic_venv() -> pathlib.Path:
    """Return the environment of Ironic."""
    return _pinned_venv('ironic', _pins('ironic'))


def client_venv() -> pathlib.Path:
    """Return the environment of the command line clients, with this checkout installed."""
    return _plugin_venv(_pinned_venv('client', _pins('client')))


def debian_client_venv() -> pathlib.Path:
    """Return the same with the clients of Debian 12, the oldest that nova-ext supports."""
    return _plugin_venv(_pinned_venv('client-debian-12', _pins('client-debian-12')))


def tempest_venv() -> pathlib.Path:
    """Return the environment of Tempest, with this checkout installed."""
    return _plugin_venv(_pinned_venv('tempest', _pins('tempest')))


def docs_venv() -> pathlib.Path:
    """Return the environment that the documentation is built in: the default Nova, the plugin."""
    stock = nova_venv(settings.DEFAULT_NOVA, plugin=False)
    return _plugin_venv(stock, 'docs', _pins('docs'))


def nova_venv(version: str, *, plugin: bool) -> pathlib.Path:
    """Return an environment with that Nova; with *plugin*, one where this checkout is installed.

    *version* is a full version or only a series (``34``), which means the version pinned for it.
    """
    pins = _nova_pins(version)
    stock = _pinned_venv('nova-' + re.findall(r'(?m)^nova==(.*)$', pins)[0], pins)
    return _plugin_venv(stock) if plugin else stock


def test_venv() -> pathlib.Path:
    """Return the environment that the tests run in: the default Nova, the plugin, the tools."""
    stock = nova_venv(settings.DEFAULT_NOVA, plugin=False)
    return _plugin_venv(stock, 'test', _pins('test'))


def nova_version(series: str) -> str:
    """Return the version of Nova that is pinned for a series."""
    version: str = re.findall(r'(?m)^nova==(.*)$', _pins(f'nova-{series}'))[0]
    return version


def nova_tests_venv(series: str, *, plugin: bool) -> pathlib.Path:
    """Return an environment that Nova's own tests run in; with *plugin*, with this checkout."""
    name = f'nova-tests-{series}'
    stock = _pinned_venv(name, _pins(f'nova-{series}') + _pins(name))
    return _plugin_venv(stock) if plugin else stock


def vmware_venv(version: str, *, plugin: bool) -> pathlib.Path:
    """Return an environment with what Nova's driver for VMware needs, too, and its tests.

    *version* and *plugin* are as for nova_venv().
    """
    name = f'vmware-{version.partition(".")[0]}'
    pins = _nova_pins(version)
    if not (REQUIREMENTS / f'{name}.txt').exists():
        raise SandboxError(f"no pins for Nova {version} with its driver for VMware")
    stock = _pinned_venv(name, pins + _pins(name))
    return _plugin_venv(stock) if plugin else stock


def ironic_driver_venv(version: str, *, plugin: bool) -> pathlib.Path:
    """Return an environment with what Nova's driver for ironic needs: since Nova 28 Nova's own.

    *version* and *plugin* are as for nova_venv().
    """
    name = f'ironic-driver-{version.partition(".")[0]}'
    if not (REQUIREMENTS / f'{name}.txt').exists():
        return nova_venv(version, plugin=plugin)
    stock = _pinned_venv(name, _nova_pins(version) + _pins(name))
    return _plugin_venv(stock) if plugin else stock


#: The environments that are no Nova's, by name.
TOOLS: dict[str, Callable[[], pathlib.Path]] = {
    'services': services_venv, 'cinder': cinder_venv, 'ceilometer': ceilometer_venv,
    'ironic': ironic_venv,
    'client': client_venv, 'client-debian-12': debian_client_venv, 'tempest': tempest_venv,
    'docs': docs_venv, 'test': test_venv}


def make_all(makers: Iterable[Callable[[], pathlib.Path]]) -> None:
    """Make environments, some side by side: half of the time goes into waiting and unpacking."""
    with concurrent.futures.ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        for future in [pool.submit(make) for make in makers]:
            future.result()


def known_series() -> list[str]:
    """Return the Nova series that we have pins for, the newest first."""
    names = (path.stem.partition('-')[2] for path in REQUIREMENTS.glob('nova-[0-9]*.txt'))
    return sorted(names, key=int, reverse=True)


def _nova_pins(version: str) -> str:
    """Return the pinned lines of a Nova.

    *version* is as for nova_venv().
    """
    series = version.partition('.')[0]
    known = known_series()
    if series not in known:
        raise SandboxError(f"no pins for Nova {version}; there are some for {', '.join(known)}")
    pins = _pins(f'nova-{series}')
    return re.sub(r'(?m)^nova==.*$', f'nova=={version}', pins) if '.' in version else pins


def _pins(name: str) -> str:
    """Return the pinned lines of an environment without the comments."""
    lines = (REQUIREMENTS / f'{name}.txt').read_text().splitlines()
    return ''.join(f'{line}\n' for line in lines if line and not line.startswith('#'))


def _pinned_venv(name: str, pins: str) -> pathlib.Path:
    """Make the environment *name* from its pins, unless a complete one is there."""
    venv = VENVS / name
    wanted = hashlib.sha256(pins.encode()).hexdigest()
    with _lock(name):
        if _read(venv / STAMP) == wanted:
            return venv
        with _step(f'Python environment {name}'):
            shutil.rmtree(venv, ignore_errors=True)
            _create(venv, pins)
            (venv / STAMP).write_text(wanted)
    return venv


def _create(venv: pathlib.Path, pins: str) -> None:
    """Create an environment that holds exactly the pinned packages."""
    _run([settings.PYTHON, '-m', 'venv', str(venv)], 'apt install python3-venv')
    # These two first: pip builds the few packages without a wheel with what it finds installed.
    build_tools = re.findall(r'(?m)^(?:setuptools|wheel)==.*$', pins)
    _pip(venv, 'install', '--no-deps', *build_tools)
    requirements = venv / 'requirements.txt'
    requirements.write_text(pins)
    _pip(venv, 'install', '--no-deps', '--no-compile', '--prefer-binary', '-r', str(requirements))
    _pip(venv, 'check')
    # All services start at once and would each compile the same modules: 2 s of every first start.
    compiler = [str(venv / 'bin/python'), '-m', 'compileall', '-q', '-j', '0', '-x', '/tests?/']
    subprocess.run([*compiler, str(venv / 'lib')], capture_output=True, check=False)


def _plugin_venv(stock: pathlib.Path, name: str = '', pins: str = '') -> pathlib.Path:
    """Make or bring up to date a copy of a stock environment that has the plugin, and *pins*."""
    venv = stock.with_name(name or f'{stock.name}-nova-ext')
    wanted = f'{_read(stock / STAMP)} {hashlib.sha256(pins.encode()).hexdigest()}'
    with _lock(venv.name):
        if _read(venv / STAMP) != wanted:
            with _step(f'Python environment {venv.name}'):
                shutil.rmtree(venv, ignore_errors=True)
                clone(stock, venv)
                if pins:
                    requirements = venv / 'requirements.txt'
                    requirements.unlink()  # a hard link
                    requirements.write_text(pins)
                    _pip(venv, 'install', '--no-deps', '--prefer-binary', '-r', str(requirements))
                    _pip(venv, 'check')
                (venv / STAMP).write_text(wanted)
        sources = source_digest(PLUGIN_SOURCES)
        if _read(venv / PLUGIN_STAMP) != sources:
            with _step(f'the plugin into {venv.name}'):
                (venv / PLUGIN_STAMP).unlink(missing_ok=True)
                wheel = plugin_wheel(stock)
                _pip(venv, 'install', '--no-deps', '--force-reinstall', '--no-index', str(wheel))
                (venv / PLUGIN_STAMP).write_text(sources)
    return venv


def clone(source: pathlib.Path, target: pathlib.Path, seen_as: str = '') -> None:
    """Copy an environment by hard links; only files that contain its path are files of their own.

    Nothing writes into a file of an environment in place: pip and the interpreter replace files,
    so a change in the copy never shows in the original.

    :param seen_as: its path for those who run it, where that is another one
    """
    leave = shutil.ignore_patterns(STAMP)
    shutil.copytree(source, target, symlinks=True, copy_function=os.link, ignore=leave)
    for path in (target / 'pyvenv.cfg', *(target / 'bin').iterdir()):
        if path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        if bytes(source) in content:
            mode = path.stat().st_mode
            path.unlink()
            path.write_bytes(content.replace(
                bytes(source), seen_as.encode() or bytes(target)))
            path.chmod(mode)


def _source_files(names: Iterable[str]) -> list[pathlib.Path]:
    """Return these files and those in these folders, relative to the checkout, in order."""
    found: list[pathlib.Path] = []
    for name in names:
        path = settings.CHECKOUT / name
        found += [path] if path.is_file() else sorted(path.rglob('*'))
    files = (path.relative_to(settings.CHECKOUT) for path in found if path.is_file())
    return [p for p in files if p.suffix != '.pyc' and not p.name.startswith('.')]


def source_digest(names: Iterable[str]) -> str:
    """Return a hash over files of the checkout, and those in folders of it."""
    digest = hashlib.sha256()
    for path in _source_files(names):
        content = (settings.CHECKOUT / path).read_bytes()
        digest.update(f'{path} {len(content)}\n'.encode() + content)
    return digest.hexdigest()


def plugin_wheel(venv: pathlib.Path) -> pathlib.Path:
    """Return the plugin's wheel, built with that environment's tools from a copy of the sources.

    The copy keeps build output out of the checkout, and git out of it, so that files not yet
    committed count.
    """
    sources = source_digest(PLUGIN_SOURCES)
    wheels = VENVS / 'wheels' / sources[:16]
    with _lock('wheels'):
        if not list(wheels.glob('*.whl')):
            shutil.rmtree(wheels.parent, ignore_errors=True)
            with tempfile.TemporaryDirectory(prefix='nova-ext-') as folder:
                for path in _source_files(PLUGIN_SOURCES):
                    copy = pathlib.Path(folder, path)
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(settings.CHECKOUT / path, copy)
                quiet = dict.fromkeys(('SKIP_WRITE_GIT_CHANGELOG', 'SKIP_GENERATE_AUTHORS'), '1')
                environment = {**quiet, 'PBR_VERSION': _plugin_version(venv)}
                options = ('--no-deps', '--no-build-isolation', '--no-index', '-w', str(wheels))
                _pip(venv, 'wheel', *options, folder, environment=environment,
                     hint='the plugin does not build: mend what the lines above name')
    return next(wheels.glob('*.whl'))


def _plugin_version(venv: pathlib.Path) -> str:
    """Return the version that pbr gives the checkout, or a made-up one where git knows nothing."""
    if 'PBR_VERSION' in os.environ:
        return os.environ['PBR_VERSION']
    setup = configparser.ConfigParser()
    setup.read(settings.CHECKOUT / 'setup.cfg')
    coming = setup['metadata']['version']
    question = f"from pbr import packaging; print(packaging.get_version('nova-ext', '{coming}'))"
    answer = subprocess.run([str(venv / 'bin/python'), '-c', question], cwd=settings.CHECKOUT,
                            capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else f'{coming}.dev0'


def freeze(name: str, constraints: pathlib.Path) -> pathlib.Path:
    """Resolve ``NAME.in`` under OpenStack's upper constraints; write the pins to ``NAME.txt``."""
    asked = REQUIREMENTS / f'{name}.in'
    lines = asked.read_text().splitlines()
    marker = '# not from the constraints:'
    left_out = {_normal(n) for line in lines if line.startswith(marker)
                for n in line.removeprefix(marker).split()}
    kept = [line for line in constraints.read_text().splitlines()
            if _normal(line.partition('===')[0]) not in left_out]
    with tempfile.TemporaryDirectory(prefix='freeze-') as folder:
        limits, venv = pathlib.Path(folder, 'constraints.txt'), pathlib.Path(folder, 'venv')
        limits.write_text('\n'.join(kept))
        _run([settings.PYTHON, '-m', 'venv', str(venv)], 'apt install python3-venv')
        wanted = [line for line in lines if not line.startswith('#')]
        _pip(venv, 'install', *(line for line in wanted if re.match('setuptools|wheel', line)))
        _pip(venv, 'install', '--prefer-binary', '-c', str(limits), '-r', str(asked))
        _pip(venv, 'check')
        pins = _pip(venv, 'freeze', '--all', '--exclude', 'pip')
    header = (f"# Made from {name}.in; do not edit. To renew, with OpenStack's constraints:\n"
              f'#   python3 -m sandbox.venvs freeze {name} --constraints upper-constraints.txt\n')
    target = REQUIREMENTS / f'{name}.txt'
    target.write_text(header + pins)
    return target


def _normal(name: str) -> str:
    """Return the name of a distribution as the package index writes it."""
    return re.sub(r'[-_.]+', '-', name).lower()


def _pip(venv: pathlib.Path, *args: str, environment: dict[str, str] | None = None,
         hint: str = 'look at the network and at `pip config list`, then try again') -> str:
    """Run the pip of an environment and return what it printed."""
    pip = [str(venv / 'bin/python'), '-m', 'pip', '--disable-pip-version-check']
    return _run([*pip, *args], hint, {'PIP_PROGRESS_BAR': 'off', **(environment or {})})


def _run(command: list[str], hint: str, environment: dict[str, str] | None = None) -> str:
    """Run a command; when it fails, say so with its last lines and the hint."""
    try:
        done = subprocess.run(command, env={**os.environ, **(environment or {})},
                              capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise SandboxError(f'{command[0]} is missing: {hint}') from None
    if done.returncode:
        noise = re.compile(r'WARNING: Location|DEPRECATION|\[notice\]|^\s*$')
        output = [x for x in (done.stdout + done.stderr).splitlines() if not noise.search(x)]
        tail = '\n'.join(output[-15:])
        raise SandboxError(f"{' '.join(command[:6])} ... failed:\n{tail}\nWhat to do: {hint}")
    return done.stdout


def _read(path: pathlib.Path) -> str | None:
    """Return a stamp's text, None when there is no such file."""
    return path.read_text() if path.exists() else None


@contextlib.contextmanager
def _lock(name: str) -> Iterator[None]:
    """Keep other processes from making the same environment at the same time."""
    VENVS.mkdir(parents=True, exist_ok=True)
    with open(VENVS / f'.{name}.lock', 'w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _step(text: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    print(f'{text}: done in {time.monotonic() - started:.1f} s', file=sys.stderr, flush=True)


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
            print(freeze(args.name, args.constraints))
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
