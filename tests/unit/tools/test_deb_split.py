# SPDX-License-Identifier: Apache-2.0
"""What was installed, split among Debian's packages."""

from __future__ import annotations

import ast
import email
import importlib.metadata

from sandbox import settings
from tests.unit import base
from tools.deb import split

SITE = 'usr/lib/python3.11/dist-packages'

METADATA = '''\
Metadata-Version: 2.1
Name: nova-ext
Version: 1.2.3
Provides-Extra: cli
Provides-Extra: exporter
Provides-Extra: tempest
Requires-Dist: lxml (>=4.5.0)
Requires-Dist: python-openstackclient (>=6.0.0) ; extra == 'cli'
Requires-Dist: prometheus-client>=0.14.1; extra == 'exporter'
Requires-Dist: tempest>=33.0.0; extra == "tempest"

What it is.
'''

ENTRY_POINTS = '''\
[console_scripts]
nova-ext-exporter = nova_ext.exporter.service:main
nova-ext-status = nova_ext.cmd.status:main

[group]
Of:One = nova_ext.cli.one:Class
of_nova = nova_ext.clients:Class
of_two = nova_ext.tempest_plugin:Class
'''

FILES = ('nova/virt/nova_ext/__init__.py', 'nova_ext/__init__.py', 'nova_ext/clients.py',
         'nova_ext/cli/__init__.py', 'nova_ext/cli/one.py', 'nova_ext/tempest_plugin/__init__.py',
         'nova_ext/exporter/__init__.py')


class TestSplit(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.folder = self.make_directory()
        self.site = self.folder / 'tmp' / SITE
        info = self.site / 'nova_ext-1.2.3.dist-info'
        info.mkdir(parents=True)
        for name, text in (('METADATA', METADATA), ('entry_points.txt', ENTRY_POINTS),
                           ('pbr.json', '{}'), ('RECORD', ''.join(f'{n},h,1\n' for n in FILES))):
            (info / name).write_text(text)
        for name in (*FILES, '../../../bin/nova-ext-status', '../../../bin/nova-ext-exporter'):
            path = self.site / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()

    def part(self, name: str) -> tuple[importlib.metadata.Distribution, set[str]]:
        """The distribution of a package, and all its files that are not of the metadata."""
        split.split(self.folder / 'tmp', self.folder)
        root = self.folder / f'python3-{name}'
        [info] = (root / SITE).glob('*.dist-info')
        files = {str(path.relative_to(root / SITE)) for path in (root / SITE).rglob('*')
                 if path.is_file() and info not in path.parents}
        return importlib.metadata.Distribution.at(info), files

    def test_command_line_is_a_distribution_of_its_own(self) -> None:
        found, files = self.part('nova-ext-cli')
        self.assertEqual(('nova-ext-cli', '1.2.3'), (found.name, found.version))
        self.assertEqual(['python-openstackclient (>=6.0.0)'], found.requires)
        self.assertEqual([('Of:One', 'nova_ext.cli.one:Class')],
                         [(point.name, point.value) for point in found.entry_points])
        self.assertEqual({'nova_ext/cli/__init__.py', 'nova_ext/cli/one.py'}, files)

    def test_tempest_plugin_is_a_distribution_of_its_own(self) -> None:
        found, files = self.part('nova-ext-tempest')
        self.assertEqual(['tempest>=33.0.0'], found.requires)
        self.assertEqual(['of_two'], [point.name for point in found.entry_points])
        self.assertEqual({'nova_ext/tempest_plugin/__init__.py'}, files)

    def test_exporter_is_a_distribution_of_its_own_with_its_command(self) -> None:
        found, files = self.part('nova-ext-exporter')
        self.assertEqual(['prometheus-client>=0.14.1'], found.requires)
        self.assertEqual(['nova-ext-exporter'], [point.name for point in found.entry_points])
        self.assertEqual({'nova_ext/exporter/__init__.py'}, files)
        scripts = self.folder / 'python3-nova-ext-exporter/usr/bin'
        self.assertEqual(['nova-ext-exporter'], [path.name for path in scripts.iterdir()])

    def test_all_the_rest_goes_beside_nova(self) -> None:
        found, files = self.part('nova-ext')
        self.assertEqual(['lxml (>=4.5.0)'], found.requires)
        self.assertIsNone(found.metadata.get_all('Provides-Extra'))
        self.assertEqual(['nova-ext-status', 'of_nova'],
                         [point.name for point in found.entry_points])
        self.assertEqual({'nova/virt/nova_ext/__init__.py', 'nova_ext/__init__.py',
                          'nova_ext/clients.py'}, files)
        self.assertTrue((self.folder / 'python3-nova-ext/usr/bin/nova-ext-status').exists())
        self.assertEqual([], list((self.folder / 'tmp').iterdir()))

    def test_record_of_each_part_lists_its_own_files(self) -> None:
        split.split(self.folder / 'tmp', self.folder)
        for part in split.PARTS:
            site = self.folder / f'python3-{part.name}' / SITE
            [record] = site.glob('*.dist-info/RECORD')
            listed = {line.partition(',')[0] for line in record.read_text().splitlines()}
            self.assertEqual({str(path.relative_to(site)) for path in site.rglob('*')
                              if path.is_file()}, listed)

    def test_description_stays(self) -> None:
        found, _ = self.part('nova-ext-cli')
        self.assertEqual('What it is.\n', str(email.message_from_string(
            str(found.read_text('METADATA'))).get_payload()))

    def test_requirement_of_another_kind_is_refused(self) -> None:
        [path] = self.site.glob('*/METADATA')
        path.write_text(METADATA.replace("extra == 'cli'", "python_version < '3.10'"))
        self.assertRaisesRegex(ValueError, 'and when', split.split, self.folder / 'tmp',
                               self.folder)

    def test_two_distributions_are_refused(self) -> None:
        (self.site / 'nova_ext-1.2.4.dist-info').mkdir()
        self.assertRaisesRegex(ValueError, 'one distribution', split.split, self.folder / 'tmp',
                               self.folder)

    def test_package_without_its_init_is_the_same(self) -> None:
        tree = ast.parse(settings.CHECKOUT.joinpath('nova_ext/__init__.py').read_text())
        self.assertEqual(['Expr'], [type(node).__name__ for node in tree.body])  # its docstring

    def test_parts_are_what_the_debian_packages_are(self) -> None:
        control = settings.CHECKOUT.joinpath('debian/control').read_text()
        packages = [line.split()[1] for line in control.splitlines()
                    if line.startswith('Package: ')]
        self.assertEqual(sorted(f'python3-{part.name}' for part in split.PARTS), sorted(packages))
