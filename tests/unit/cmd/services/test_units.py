# SPDX-License-Identifier: Apache-2.0
"""Services in units of systemd and in init scripts."""

from __future__ import annotations

import ddt

from nova_ext.cmd.services import units, webserver
from nova_ext.cmd.services.command import API, COMPUTE
from tests.fixtures import nova_host
from tests.unit import base


@ddt.ddt
class TestUnits(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.host = self.useFixture(nova_host.NovaHost())

    def find(self) -> list[units.Unit]:
        """Return the units that are found."""
        return list(units.find(self.host.tree))

    def only(self) -> units.Unit:
        """Return the one unit that is found."""
        [unit] = self.find()
        return unit

    def test_units_are_found_by_what_they_run(self) -> None:
        self.host.add_unit('devstack@n-cpu', '/opt/bin/nova-compute --config-file /c')
        self.host.add_unit('nova-conductor', '/opt/bin/nova-conductor')
        self.host.add_unit('nova-api', '/opt/bin/nova-api', user='other')
        self.assertEqual(
            [('devstack@n-cpu', COMPUTE, 'nova'), ('nova-api', API, 'other')],
            [(unit.name, unit.command.service, unit.user) for unit in self.find()])

    def test_unit_of_the_administrator_overrides_that_of_the_package(self) -> None:
        self.host.add_unit('nova-compute', '/usr/bin/nova-compute')
        self.host.add_unit('nova-compute', '/opt/nova/bin/nova-compute',
                           directory='/etc/systemd/system')
        self.assertEqual(('/etc/systemd/system/nova-compute.service', '/opt/nova'),
                         (self.only().file, self.only().command.prefix))

    def test_masked_unit_does_not_count(self) -> None:
        self.host.add_unit('nova-api', '/usr/bin/nova-api')
        self.host.path('/etc/systemd/system').mkdir(parents=True)
        self.host.path('/etc/systemd/system/nova-api.service').symlink_to('/dev/null')
        self.assertEqual([], self.find())

    def test_link_that_leads_nowhere_does_not_count(self) -> None:
        self.host.path('/etc/systemd/system').mkdir(parents=True)
        self.host.path('/etc/systemd/system/nova-api.service').symlink_to('gone')
        self.assertEqual([], self.find())

    @ddt.data('/opt/nova/bin/nova-compute', '/opt/uwsgi --ini /gone.ini',
              '/opt/uwsgi --wsgi-file /opt/nova/bin/nova-api-wsgi')
    def test_unit_of_what_is_not_there_does_not_count(self, command: str) -> None:
        self.host.add_unit('nova', command)
        program = self.host.path('/opt/nova/bin/nova-compute')
        if program.exists():
            program.unlink()
        self.assertEqual([], self.find())

    @ddt.data('/lib/systemd/system/nova-api.service', '/etc/init.d/nova-api',
              '/etc/apache2/sites-enabled/nova.conf')
    def test_link_that_leads_nowhere_is_no_obstacle(self, name: str) -> None:
        self.host.path(name).parent.mkdir(parents=True)
        self.host.path(name).symlink_to('gone')
        self.assertEqual([], [*self.find(), *webserver.find(self.host.tree)])

    @ddt.data('/usr/bin/nova-compute --config-file "/etc/x.conf', "/bin/sh -c 'nova-compute")
    def test_quotation_that_is_not_closed_is_no_obstacle(self, command: str) -> None:
        self.host.add_unit('nova', command, more='Environment="A=b\n')
        self.host.write('/etc/init.d/nova', 'NAME=nova-x\nDAEMON_ARGS="\n')
        self.find()

    def test_drop_in_replaces_the_command(self) -> None:
        self.host.add_unit('nova-compute', '/usr/bin/nova-compute')
        self.host.write('/etc/systemd/system/nova-compute.service.d/own.conf', (
            '[Service]\nExecStart=\nExecStart=-/usr/bin/nova-compute \\\n'
            '    --config-dir /etc/nova/own\n'))
        self.assertEqual((('dir', '/etc/nova/own'),), self.only().command.options)

    def test_variables_are_expanded_and_known(self) -> None:
        self.host.write('/etc/default/own', '# of ours\nB="--config-file /b"\nC=/c\n')
        self.host.add_unit('nova-compute', '/usr/bin/nova-compute --config-file $A ${C}', more=(
            'Environment="A=/a" D=d\nEnvironmentFile=-/etc/default/own\n'
            'EnvironmentFile=-/etc/default/gone\n'))
        self.assertEqual((('file', '/a'),), self.only().command.options)
        self.assertEqual({'A': '/a', 'B': '--config-file /b', 'C': '/c', 'D': 'd'},
                         self.only().command.environ)

    @ddt.data('nova-api', 'nova-compute')
    def test_container_of_kolla_is_none_of_this_host(self, name: str) -> None:
        self.host.add_unit(f'kolla-{name}-container', f'/usr/bin/docker start -a {name}')
        self.assertEqual([], self.find())


@ddt.ddt
class TestInitScripts(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.host = self.useFixture(nova_host.NovaHost())
        self.host.make_debian()

    def find(self) -> dict[str, units.Unit]:
        """Return the units that are found, by their names."""
        return {unit.name: unit for unit in units.find(self.host.tree)}

    def test_units_of_debian_read_what_their_scripts_say(self) -> None:
        found = self.find()
        self.assertEqual(['nova-api', 'nova-compute'], list(found))
        self.assertEqual(
            (('file', '/etc/nova/nova.conf'), ('file', '/etc/nova/nova-compute.conf')),
            found['nova-compute'].command.options)
        self.assertEqual(('/usr', True, ()), (
            found['nova-api'].command.prefix, found['nova-api'].command.wsgi,
            found['nova-api'].command.options))

    def test_file_that_is_not_there_is_not_named(self) -> None:
        self.host.path('/etc/nova/nova-compute.conf').unlink()
        self.assertEqual((('file', '/etc/nova/nova.conf'),),
                         self.find()['nova-compute'].command.options)

    def test_defaults_of_the_administrator_count(self) -> None:
        self.host.write('/etc/default/nova-compute', 'DAEMON_ARGS="--config-file /etc/own.conf"\n')
        self.assertEqual((('file', '/etc/nova/nova.conf'), ('file', '/etc/own.conf')),
                         self.find()['nova-compute'].command.options)

    def test_script_without_a_unit_counts(self) -> None:
        self.host.path('/lib/systemd/system/nova-compute.service').unlink()
        self.assertEqual('/etc/init.d/nova-compute', self.find()['nova-compute'].file)

    @ddt.data(('nova-api', '/usr/bin/nova-api-wsgi'), ('nova-compute', '/usr/bin/nova-compute'))
    @ddt.unpack
    def test_script_of_a_package_that_was_removed_does_not_count(
            self, name: str, program: str) -> None:
        self.host.path(f'/lib/systemd/system/{name}.service').unlink()
        self.host.path(program).unlink()
        self.assertNotIn(name, self.find())

    def test_script_whose_unit_is_masked_does_not_count(self) -> None:
        self.host.path('/etc/systemd/system').mkdir(parents=True)
        self.host.path('/etc/systemd/system/nova-compute.service').symlink_to('/dev/null')
        self.assertEqual(['nova-api'], list(self.find()))
