# SPDX-License-Identifier: Apache-2.0
"""What is found of Nova's services on a host."""

from __future__ import annotations

import ddt

from nova_ext.cmd.services import processes
from nova_ext.cmd.services.command import API, COMPUTE
from nova_ext.cmd.services.host import Host, Service
from tests.fixtures import nova_host
from tests.unit import base

_BOTH = frozenset({API, COMPUTE})


@ddt.ddt
class TestHost(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.host = self.useFixture(nova_host.NovaHost())

    def find(self, known: frozenset[str], *explicit: tuple[str, str]) -> Host:
        """Return what is found, after a check of the names of the services that run here."""
        found = self.host.find(*explicit)
        self.assertEqual((known, []), (found.known, found.denied))
        return found

    def assert_reads(self, found: Host, name: str, *files: str) -> Service:
        """Assert what the only service of a name reads; return it."""
        [service] = found.services_of(name)
        self.assertEqual((list(files), []), (service.files.names, service.files.missing))
        return service

    def test_debian(self) -> None:
        self.host.make_debian()
        found = self.find(_BOTH)
        service = self.assert_reads(
            found, COMPUTE, '/etc/nova/nova.conf', '/etc/nova/nova-compute.conf')
        self.assertEqual(
            ('/lib/systemd/system/nova-compute.service', 'systemctl restart nova-compute'),
            (service.origin, service.restart))
        self.assert_reads(found, API, '/etc/nova/api-paste.ini', '/etc/nova/nova.conf')

    @ddt.data(API, COMPUTE)
    def test_service_that_is_not_installed_does_not_run_here(self, name: str) -> None:
        self.host.make_debian(name)
        self.assertEqual([name], [service.name for service in self.find(
            frozenset({name})).services])

    def test_directories_are_read_before_files_that_are_named(self) -> None:
        self.host.make_debian('nova-compute')
        for name in ('nova.conf.d/b.conf', 'nova.conf.d/a.conf', 'nova.conf.d/no.txt',
                     'nova-compute.conf.d/c.conf'):
            self.host.write(f'/etc/nova/{name}', '')
        self.assert_reads(
            self.find(frozenset({COMPUTE})), COMPUTE, '/etc/nova/nova.conf.d/a.conf',
            '/etc/nova/nova.conf.d/b.conf', '/etc/nova/nova-compute.conf.d/c.conf',
            '/etc/nova/nova.conf', '/etc/nova/nova-compute.conf')

    def test_rdo(self) -> None:
        self.host.make_rdo()
        found = self.find(_BOTH)
        service = self.assert_reads(
            found, COMPUTE, '/usr/share/nova/nova-dist.conf', '/etc/nova/nova.conf')
        self.assertEqual('systemctl restart openstack-nova-compute', service.restart)

    def test_virtual_environment(self) -> None:
        self.host.make_venv('/opt/nova')
        found = self.find(_BOTH)
        self.assertEqual('/opt/nova', self.assert_reads(
            found, COMPUTE, '/etc/nova/nova.conf').command.prefix)
        self.assertEqual('/opt/nova', self.assert_reads(
            found, API, '/etc/nova/api-paste.ini', '/etc/nova/nova.conf').command.prefix)

    def test_files_in_the_home_of_the_user_come_first(self) -> None:
        self.host.make_venv('/opt/nova')
        self.host.write('/var/lib/nova/.nova/nova.conf', '')
        self.host.write('/etc/nova/nova-compute.conf', '')
        self.host.write('/root/nova.conf', '')
        self.assert_reads(self.find(_BOTH), COMPUTE, '/var/lib/nova/.nova/nova.conf',
                          '/etc/nova/nova-compute.conf')

    @ddt.data(('/etc/apache2/sites-enabled', 'apache2'), ('/etc/httpd/conf.d', 'httpd'))
    @ddt.unpack
    def test_api_in_apache(self, directory: str, unit: str) -> None:
        self.host.write('/etc/nova/nova.conf', '')
        self.host.write(f'{directory}/nova-api.conf',
                        '<VirtualHost *:8774>\n  WSGIScriptAlias / /usr/bin/nova-api-wsgi\n')
        self.host.write(f'{directory}/metadata.conf',
                        '  WSGIScriptAlias / /var/www/cgi-bin/nova/nova-metadata-api\n')
        [service] = self.find(frozenset({API})).services
        self.assertEqual((API, f'systemctl restart {unit}', ['/etc/nova/nova.conf'],
                          ['/etc/nova/api-paste.ini']),
                         (service.name, service.restart, service.files.names,
                          service.files.missing))

    def test_running_process_counts_more_than_the_unit(self) -> None:
        self.host.make_debian()
        self.host.write('/etc/own.conf', '')
        self.host.add_process(7, ['/usr/bin/nova-compute', '--config-file', '/etc/own.conf'],
                              unit='nova-compute')
        service = self.assert_reads(self.find(_BOTH), COMPUTE, '/etc/own.conf')
        assert service.process is not None
        self.assertEqual((7, 'process 7', 'systemctl restart nova-compute'),
                         (service.process.pid, service.origin, service.restart))

    def test_process_without_arguments_is_told_by_its_unit(self) -> None:
        self.host.make_venv('/opt/nova')
        self.host.add_process(7, ['nova-api uWSGI worker 1'], unit='nova-api')
        service = self.assert_reads(
            self.find(_BOTH), API, '/etc/nova/api-paste.ini', '/etc/nova/nova.conf')
        assert service.process is not None

    def test_environment_tells_where_the_api_reads(self) -> None:
        self.host.write('/etc/a/paste.ini', '')
        self.host.add_process(
            7, ['uwsgi', '--module', 'nova.wsgi.osapi_compute:application'],
            environ={'OS_NOVA_CONFIG_DIR': '/etc/a', 'OS_NOVA_CONFIG_FILES': 'paste.ini;n.conf'})
        [service] = self.find(frozenset({API})).services
        self.assertEqual(('/etc/a/paste.ini', ['/etc/a/n.conf']),
                         (service.files.paste, service.files.missing))

    def test_process_in_a_container_does_not_count(self) -> None:
        self.host.make_debian('nova-compute')
        self.host.add_contained(7, ['/usr/bin/nova-api'])
        found = self.find(frozenset({COMPUTE}))
        self.assertEqual([(API, 7)], found.contained)
        self.assertEqual((7, None), (found.contained_pid(API), found.contained_pid(COMPUTE)))

    def test_process_in_a_container_is_one_of_several(self) -> None:
        self.host.make_debian('nova-compute')
        self.host.add_process(6, ['/usr/bin/nova-compute'])
        self.host.add_contained(7, ['/usr/bin/nova-compute'])
        self.assertIsNone(self.find(frozenset({COMPUTE})).contained_pid(COMPUTE))

    @ddt.data('another file here', 'no file here', 'no file there')
    def test_process_that_sees_other_files_does_not_count(self, kind: str) -> None:
        # Its root directory is the same: others are mounted below it.
        self.patch(processes, '_is_contained', lambda tree, directory: False)
        self.host.make_venv('/opt/nova')
        self.host.add_process(7, ['/opt/nova/bin/nova-compute'])
        self.host.path('/proc/7/root').mkdir()
        if kind != 'no file there':
            self.host.write('/proc/7/root/etc/nova/nova.conf', '')
        if kind == 'no file here':
            self.host.path('/etc/nova/nova.conf').unlink()
            self.host.add_process(7, [
                '/opt/nova/bin/nova-compute', '--config-file', '/etc/nova/nova.conf'])
        found = self.host.find()
        self.assertEqual([(COMPUTE, 7)], found.contained)
        self.assertIsNone(found.services_of(COMPUTE)[0].process)

    def test_nothing_is_known_without_processes_and_units(self) -> None:
        self.host.write('/etc/nova/nova.conf', '')
        found = self.find(frozenset())
        for name in _BOTH:
            self.assert_reads(found, name, '/etc/nova/nova.conf')

    def test_kolla_on_its_host(self) -> None:
        self.host.write('/etc/kolla/nova-compute/nova.conf', '')
        service = self.assert_reads(
            self.find(frozenset({COMPUTE})), COMPUTE, '/etc/kolla/nova-compute/nova.conf')
        self.assertEqual('docker restart nova_compute', service.restart)
        self.assertIn('/etc/kolla/config/nova/nova-compute.conf', service.note)

    def test_kolla_in_its_container(self) -> None:
        self.host.write('/etc/nova/nova.conf', '')
        self.host.write('/var/lib/kolla/config_files/config.json', '')
        self.host.add_process(7, ['/var/lib/kolla/venv/bin/nova-compute'])
        service = self.assert_reads(self.find(frozenset({COMPUTE})), COMPUTE,
                                    '/etc/nova/nova.conf')
        self.assertIn('copies its configuration', service.note)

    def test_files_that_are_named_are_read_instead(self) -> None:
        self.host.make_debian()
        self.host.write('/d/a.conf', '')
        found = self.find(_BOTH, ('file', '/etc/nova/nova.conf'), ('dir', '/d'))
        for name in _BOTH:
            self.assertEqual('--config-file', self.assert_reads(
                found, name, '/etc/nova/nova.conf', '/d/a.conf').origin)

    @ddt.data((COMPUTE, ('/etc/nova/nova.conf',)),
              (API, ('/etc/nova/api-paste.ini', '/etc/nova/nova.conf')))
    @ddt.unpack
    def test_process_that_reads_the_named_files_is_told(
            self, name: str, files: tuple[str, ...]) -> None:
        self.host.make_venv('/opt/nova')
        self.host.add_process(7, [f'/opt/nova/bin/{name}'] if name == COMPUTE else [
            'uwsgi', '--ini', '/etc/uwsgi/nova-api.ini'])
        found = self.find(_BOTH, ('file', '/etc/nova/nova.conf'))
        self.assertIsNotNone(found.services_of(name)[0].process)
        self.host.write('/other.conf', '')
        found = self.find(_BOTH, ('file', '/other.conf'))
        self.assertIsNone(found.services_of(name)[0].process)
