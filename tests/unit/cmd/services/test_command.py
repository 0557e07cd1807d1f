# SPDX-License-Identifier: Apache-2.0
"""Command lines of services."""

from __future__ import annotations

import ddt

from nova_ext.cmd.services import command
from nova_ext.cmd.services.command import API, COMPUTE
from tests.fixtures import nova_host
from tests.unit import base


@ddt.ddt
class TestCommand(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.host = self.useFixture(nova_host.NovaHost())

    def parse(self, *words: str) -> command.Command:
        """Return a command line of one of Nova's services as it is understood."""
        found = command.parse(words, {'A': 'b'}, self.host.tree)
        assert found is not None
        return found

    @ddt.data(
        ('/usr/bin/nova-compute',), ('/usr/bin/python3', '/usr/bin/nova-compute'),
        ('/usr/bin/python3.11', '-s', '/usr/bin/nova-compute'),
        ('/bin/sh', '-c', 'exec /usr/bin/nova-compute --config-file /etc/nova/nova.conf'),
        ('env', 'A=b', '/usr/bin/nova-compute'))
    def test_program_is_found_behind_what_starts_it(self, words: tuple[str, ...]) -> None:
        found = self.parse(*words)
        self.assertEqual((COMPUTE, 'nova-compute', '/usr', False),
                         (found.service, found.prog, found.prefix, found.wsgi))

    @ddt.data('nova-api', 'nova-api-os-compute')
    def test_api_is_found(self, program: str) -> None:
        found = self.parse(f'/opt/nova/bin/{program}')
        self.assertEqual((API, program, '/opt/nova'), (found.service, found.prog, found.prefix))

    def test_wsgi_script_is_the_wsgi_application(self) -> None:
        self.assertTrue(self.parse('/usr/bin/nova-api-wsgi').wsgi)

    @ddt.data(
        ('/usr/bin/nova-conductor',), ('/usr/bin/nova-api-metadata',),
        ('vi', '/etc/nova/nova.conf'),
        ('tail', '-f', '/var/log/nova/nova-compute.log'), ('uwsgi', '--module', 'keystone.wsgi'),
        ('uwsgi', '--module', 'nova.wsgi.metadata:application'),
        ('uwsgi', '--wsgi-file', '/usr/bin/nova-metadata-wsgi'), ('python3',), ())
    def test_others_are_no_service_of_interest(self, words: tuple[str, ...]) -> None:
        self.assertIsNone(command.parse(words, {}, self.host.tree))

    def test_configuration_options_keep_their_order(self) -> None:
        found = self.parse('nova-compute', '--config-file', '/a.conf', '--debug',
                           '--config-dir=/d', '--config-file=/b.conf', '--log-file=/l')
        self.assertEqual((('file', '/a.conf'), ('dir', '/d'), ('file', '/b.conf')), found.options)

    def test_last_value_of_an_argument_counts(self) -> None:
        found = self.parse('nova-compute', '--log-file', '/a', '--log-file=/b', '--debug')
        self.assertEqual('/b', found.argument('log-file'))
        self.assertIsNone(found.argument('log-dir'))

    @ddt.data(
        ('--module', 'nova.wsgi.osapi_compute:application', '--venv', '/opt/nova'),
        ('--wsgi-file=/opt/nova/bin/nova-api-wsgi',),
        ('-w', 'nova.wsgi.osapi_compute', '-H', '/opt/nova'))
    def test_uwsgi_is_told_by_what_it_serves(self, words: tuple[str, ...]) -> None:
        found = self.parse('/usr/bin/uwsgi_python311', '--http-socket', ':8774', *words)
        self.assertEqual((API, True, '/opt/nova'), (found.service, found.wsgi, found.prefix))

    @ddt.data(('--ini', '/u.ini'), ('--ini=/u.ini',), ('/u.ini',))
    def test_ini_file_of_uwsgi_is_read(self, words: tuple[str, ...]) -> None:
        self.host.write('/u.ini', '\n'.join((
            '[other]', 'module = keystone', '[uwsgi]', '# module = a', 'processes = 2',
            'wsgi-file = /opt/nova/bin/nova-api-wsgi', 'env = OS_NOVA_CONFIG_DIR=/etc/other',
            'pyargv = "--config-file /etc/nova/a.conf --config-dir=/etc/nova/d"')))
        found = self.parse('uwsgi', *words)
        self.assertEqual((API, '/opt/nova'), (found.service, found.prefix))
        self.assertEqual((('file', '/etc/nova/a.conf'), ('dir', '/etc/nova/d')), found.options)
        self.assertEqual({'A': 'b', 'OS_NOVA_CONFIG_DIR': '/etc/other'}, found.environ)
