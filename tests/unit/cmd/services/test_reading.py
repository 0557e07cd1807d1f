# SPDX-License-Identifier: Apache-2.0
"""Configuration files as a service reads them."""

from __future__ import annotations

import ddt
from nova import conf as nova_conf

from nova_ext.cmd.services import reading
from nova_ext.cmd.services.command import API, COMPUTE
from nova_ext.cmd.services.host import Service
from tests.fixtures import nova_host
from tests.unit import base


@ddt.ddt
class TestReading(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.host = self.useFixture(nova_host.NovaHost())
        self.host.make_debian()

    def service(self, name: str = COMPUTE) -> Service:
        """Return the only service of a name."""
        [service] = self.host.find().services_of(name)
        return service

    def value(self, option: str = 'compute_driver', group: str = 'DEFAULT') -> object:
        """Return what nova-compute reads."""
        return reading.value(self.service(), option, self.host.tree, group)

    def test_last_file_that_has_the_option_wins(self) -> None:
        self.assertEqual(
            ('libvirt.LibvirtDriver', '/etc/nova/nova-compute.conf', ''), self.value())
        self.host.write('/etc/nova/nova-compute.conf', '[DEFAULT]\nhost = a\n')
        self.assertIsNone(self.value())
        self.host.write('/etc/nova/nova.conf', '[DEFAULT]\ncompute_driver: "a.B"\n')
        self.assertEqual(('a.B', '/etc/nova/nova.conf', ''), self.value())

    @ddt.data('compute_driver = a.A\ncompute_driver = b.B',
              'compute_driver = a.A\n[libvirt]\na = b\n[DEFAULT]\ncompute_driver=b.B')
    def test_last_value_in_a_file_wins(self, text: str) -> None:
        self.host.write('/etc/nova/nova-compute.conf', f'[DEFAULT]\n{text}\n')
        self.assertEqual(('b.B', '/etc/nova/nova-compute.conf', ''), self.value())

    def test_group_may_be_in_capitals(self) -> None:
        self.host.write('/etc/nova/nova.conf', '[WSGI]\na = b\n[default]\nc = d\n')
        self.assertEqual(('b', '/etc/nova/nova.conf', ''), self.value('a', 'wsgi'))
        self.assertIsNone(self.value('c'))

    def test_variable_of_the_environment_overrides_files(self) -> None:
        self.host.add_process(7, ['/usr/bin/nova-compute'],
                              environ={'OS_DEFAULT__COMPUTE_DRIVER': 'c.C'})
        self.assertEqual(('c.C', '', 'OS_DEFAULT__COMPUTE_DRIVER'), self.value())

    def test_file_that_cannot_be_parsed_is_named(self) -> None:
        self.host.write('/etc/nova/nova.conf', 'nonsense\n')
        with self.assert_raises(
                reading.Unreadable, '^/etc/nova/nova.conf cannot be read: line 1,'):
            self.value()

    def test_file_that_is_no_text_is_named(self) -> None:
        self.host.write('/etc/nova/nova.conf', '').write_bytes(b'[DEFAULT]\na = \xff\n')
        with self.assert_raises(reading.Unreadable, '^/etc/nova/nova.conf cannot be read: '):
            self.value()

    def test_values_of_all_files_are_put_together(self) -> None:
        for name, value in (('nova.conf', 'a'), ('nova-compute.conf', 'b')):
            self.host.write(f'/etc/nova/{name}', f'[g]\no = {value}1\no = {value}2\n')
        self.assertEqual(['a1', 'a2', 'b1', 'b2'],
                         reading.values(self.service(), 'o', self.host.tree, 'g'))

    def test_paste_file_of_the_wsgi_application_is_the_first_that_it_reads(self) -> None:
        self.host.write('/etc/nova/nova.conf', '[wsgi]\napi_paste_config = /etc/other.ini\n')
        self.assertEqual('/etc/nova/api-paste.ini',
                         reading.paste_file(self.service(API), self.host.tree))

    @ddt.data(
        ('', '/etc/nova/api-paste.ini'),
        ('[wsgi]\napi_paste_config = /etc/own.ini\n', '/etc/own.ini'),
        ('[DEFAULT]\napi_paste_config = own.ini\n', '/etc/own.ini'),
        ('[wsgi]\napi_paste_config = gone.ini\n', None))
    @ddt.unpack
    def test_paste_file_of_the_program_is_searched_for(
            self, text: str, path: str | None) -> None:
        self.host.add_process(7, ['/usr/bin/nova-api', '--config-file', '/etc/nova/nova.conf'])
        self.host.write('/etc/nova/nova.conf', text)
        self.host.write('/etc/own.ini', '')
        self.assertEqual(path, reading.paste_file(self.service(API), self.host.tree))

    def test_configuration_of_nova_is_what_the_service_reads(self) -> None:
        conf = nova_conf.CONF
        self.host.write('/etc/nova/nova.conf', '[DEFAULT]\nhost = a\nmy_ip = 192.0.2.7\n')
        self.host.write('/etc/nova/nova-compute.conf', '[DEFAULT]\nhost = b\n')
        self.host.add_process(
            7, ['/usr/bin/nova-compute', '--config-file', '/etc/nova/nova.conf', '--config-file',
                '/etc/nova/nova-compute.conf'], environ={'OS_DEFAULT__COMPUTE_DRIVER': 'c.C'})
        with reading.loaded(conf, self.service(), self.host.tree):
            self.assertEqual(('b', '192.0.2.7', 'c.C'), (
                conf.host, conf.my_ip, conf.compute_driver))
        conf([], project='nova', default_config_files=[], default_config_dirs=[])
        self.assertIsNone(conf.compute_driver)
