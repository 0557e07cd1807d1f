# SPDX-License-Identifier: Apache-2.0
"""What is run, in which cloud, and what each stage is for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sandbox import packages, pins, settings, venvs
from sandbox.debian import first_time, plugin
from sandbox.steps import Progress
from tools import docs
from tools.nova_tests import selections
from tools.nova_tests import stages as nova_tests
from tools.testing import commands, drivers, reports, tempest_runs
from tools.testing.reports import Count
from tools.testing.stage import Options, Stage

#: Hosts 1 and 2 with the plugin, host 3 without, and both APIs.
MIXED = ('--hosts', '3', '--stock-host', '3', '--stock-api')
VOLUMES = (*MIXED, '--volumes')
#: The same of Debian's packages, which have one API.
DEBIAN = ('--debian', '--hosts', '3', '--stock-host', '3')

#: The supported releases of Nova but the newest, the newest of them first.
OLDER = pins.known_series()[1:]

#: Without the live tests that need a cloud of another kind.
ONE_CLOUD = ('not stock_cloud and not earlier_cloud and not shared_instances and not debian_cloud '
             'and not vmware_cloud and not ironic_cloud and not contained_cloud')


def lint(_: Options) -> Count:
    """Style and types."""
    tools = venvs.test_venv() / 'bin'
    return commands.run_checks([
        [f'{tools}/ruff', 'check', '.'],
        [f'{tools}/mypy', 'nova_ext', 'sandbox', 'tests', 'tools', 'bench', 'api_ref/ext',
         'doc/ext'],
        [settings.PYTHON, '-m', 'tools.sample', '--check'],
        ['sh', '-n', 'tools/with-python'],
    ])


def _unit(examples: str) -> Callable[[Options], Count]:
    """What needs neither a cloud nor another environment."""
    def run(options: Options) -> Count:
        report = commands.run_stestr(options.tests, examples)
        print('\n'.join(reports.slowest(report, 5)))
        return reports.count(report)

    return run


def documentation(_: Options) -> Count:
    """Documentation, API reference, release notes and manual pages, without a warning."""
    count = commands.run_checks(docs.commands(), docs.root())
    print(f'They are in {docs.OUTPUT}')
    return count


def _packaging(*selection: str) -> Callable[[Options], Count]:
    """Installing beside Nova, and what is used of each release's internals."""
    return lambda _: reports.count(
        commands.run_pytest('packaging', ['tests/packaging', *selection]))


def _deb(_: Options) -> Count:
    """Debian packages, in a Debian of their own."""
    return reports.count(commands.run_pytest('deb', ['tests/deb']))


def clients(options: Options) -> Count:
    """Clients that others wrote, over Nova's own API on loopback."""
    packages.ensure(clients=True)
    return reports.count(commands.run_pytest('clients', options.tests or ['tests/clients']))


#: What the names of live tests have that want other people's clients.
_CLIENTS = ('gophercloud', 'exporter')


def _live(
        name: str, cloud: Sequence[str], *selection: str,
        with_clients: bool = False) -> Callable[[Options], Count]:
    """Live tests in a cloud of their own.

    :param with_clients: whether other people's clients are among them
    """
    def run(options: Options) -> Count:
        wanted = ' '.join(options.tests or _CLIENTS)
        packages.ensure(volumes='--volumes' in cloud, tests=True,
                        clients=with_clients and any(name in wanted for name in _CLIENTS))
        with commands.cloud(cloud, keep=options.keep):
            return commands.run_live(name, options.tests or selection)

    return run


def debian_layers(_: Options) -> Count:
    """nova-ext's packages and the roots of Debian's hosts, for the stage that comes last."""
    plugin.built()
    first_time.layer(Progress())
    return Count(passed=1)


def _release(series: str) -> Stage:
    """The essential live tests with an older release of Nova."""
    # Shared instance directories are tried with one of them.
    shared = ('--shared-instances',) if series == '31' else ()
    marks = 'essential or shared_instances' if shared else 'essential'
    directories = ', on shared instance directories' if shared else ''
    return Stage(
        f'nova-{series}', f'essential live tests with Nova {series}{directories}',
        _live(f'nova-{series}', ('--nova', series, *shared, *VOLUMES), 'tests/live', '-m', marks))


def _nova_tests(selection: selections.Selection) -> Stage:
    """Nova's own tests with the plugin, compared with the same without."""
    return Stage(selection.name, selection.summary,
                 lambda options: nova_tests.run(selection, options.tests))


def _stock(options: Options) -> Count:
    with commands.cloud(('--stock', '--shared-instances'), keep=options.keep):
        count = commands.run_live('stock', ('tests/live', '-m', 'stock_cloud'))
        count.add(tempest_runs.expect_skipped_without_plugin(tempest_runs.PLUGIN))
        return count


def _tempest(options: Options) -> Count:
    count = Count()
    with commands.cloud(('--volumes',), keep=options.keep):
        for selection in (tempest_runs.PLUGIN, tempest_runs.UPSTREAM):
            count.add(tempest_runs.expect_success(selection))
        count.add(tempest_runs.expect_success(tempest_runs.PLUGIN, name=tempest_runs.OLDEST))
    return count


DEBIAN_LAYERS = Stage('debian-layers', "Debian's own Nova, installed and set up", debian_layers,
                      background=True)
LINT = Stage('lint', 'style and types', lint, background=True)
DOCS = Stage('docs', 'builds documentation, API reference and release notes', documentation,
             background=True)

OLDEST = Stage('oldest', "the core of it, in a cloud of Debian's packages, with their Nova 26",
               _live('oldest', DEBIAN, 'tests/live', '-m', 'debian_cloud or (smoke and not slow)'))

#: What `make test` runs: each claim once.
GATE = (
    DEBIAN_LAYERS,
    LINT,
    Stage('unit', 'all unit tests', _unit('same')),
    DOCS,
    Stage('packaging', 'installs the wheel beside the newest Nova',
          _packaging('-m', 'not slow'), background=True),
    Stage('live', 'each claim once, in a cloud with the newest Nova',
          _live('live', VOLUMES, 'tests/live', '-m', f'not slow and {ONE_CLOUD}')),
    OLDEST,
)

#: What `make test-all` runs: everything.
ALL = (
    LINT,
    Stage('unit', 'all unit tests, hypothesis with new examples', _unit('new')),
    DOCS,
    Stage('packaging', 'installs the wheel beside every Nova', _packaging(), background=True),
    Stage('deb', "builds Debian's packages and installs them beside Debian's Nova", _deb),
    Stage('clients', 'OpenStackClient, novaclient, openstacksdk and gophercloud of two ages',
          clients),
    Stage('drivers', drivers.SUMMARY,
          lambda options: drivers.run(options.tests, keep=options.keep)),
    _nova_tests(selections.UNIT_34),
    _nova_tests(selections.UNIT_26),
    _nova_tests(selections.FUNCTIONAL_34),
    Stage('live', 'all live tests, in a cloud with the newest Nova',
          _live('live-all', VOLUMES, 'tests/live', '-m', ONE_CLOUD, with_clients=True)),
    OLDEST,
    Stage('contained', 'the image of the page, and nova-compute in containers of it',
          _live('contained', ('--contained', *MIXED), 'tests/containers', 'tests/live', '-m',
                'contained_cloud or smoke or essential', '-k', 'not volume',
                '--ignore=tests/live/test_status_command.py')),
    *(_release(series) for series in OLDER),
    Stage('earlier', 'a cloud with a host that has nova-ext 1.1',
          _live('earlier', ('--hosts', '3', '--stock-host', '3', '--earlier-host', '2'),
                'tests/live', '-m', 'earlier_cloud')),
    Stage('stock', 'a cloud without the plugin', _stock),
    Stage('tempest', "the Tempest plugin's tests and upstream's", _tempest),
)
