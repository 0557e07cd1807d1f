# SPDX-License-Identifier: Apache-2.0
"""Files of settings, edited."""

from __future__ import annotations

from sandbox.debian import settings_files
from tests.unit import base

INI = """\
# Of the package.
[DEFAULT]
host=here
# my_ip = none
debug = false

[database]
connection = sqlite://
"""


class TestOptions(base.TestCase):
    def test_option_takes_the_place_of_the_one_that_is_set(self) -> None:
        self.assertEqual(
            INI.replace('host=here\n', '').replace('[DEFAULT]\n', '[DEFAULT]\nhost = stack1\n'),
            settings_files.set_options(INI, {'DEFAULT': {'host': 'stack1'}}))

    def test_comment_that_looks_like_the_option_stays(self) -> None:
        found = settings_files.set_options(INI, {'DEFAULT': {'my_ip': '10.0.0.1'}})
        self.assertIn('[DEFAULT]\nmy_ip = 10.0.0.1\n', found)
        self.assertIn('# my_ip = none\n', found)

    def test_option_of_the_same_name_in_another_section_stays(self) -> None:
        found = settings_files.set_options(INI, {'DEFAULT': {'connection': 'none'}})
        self.assertIn('connection = sqlite://\n', found)

    def test_missing_section_is_added(self) -> None:
        found = settings_files.set_options(INI, {'glance': {'region_name': 'RegionOne'}})
        self.assertEqual(f'{INI}\n[glance]\nregion_name = RegionOne\n', found)

    def test_second_time_changes_nothing(self) -> None:
        wanted = {'DEFAULT': {'host': 'stack1', 'new': '1'}, 'glance': {'a': 'b'}}
        once = settings_files.set_options(INI, wanted)
        self.assertEqual(once, settings_files.set_options(once, wanted))


class TestSettings(base.TestCase):
    def test_only_what_is_not_set_is_added(self) -> None:
        self.assertEqual(
            'group = "libvirt"\n#listen = 0\nlisten = 1\n',
            settings_files.add_settings('group = "libvirt"\n#listen = 0\n',
                                        'group = "root"\nlisten = 1\n'))
