# SPDX-License-Identifier: Apache-2.0
"""The compute driver as it is replaced in configuration files."""

from __future__ import annotations

import ddt

from nova_ext.cmd.edits import driver
from tests.unit import base

NOVAS, OURS = 'libvirt.LibvirtDriver', 'nova_ext.LibvirtDriver'

#: Each with one line that decides.
TEXTS = {
    'debian': f'[DEFAULT]\ncompute_driver={NOVAS}\n[libvirt]\nvirt_type=qemu\n',
    'without an end': f'[DEFAULT]\ncompute_driver = {NOVAS}',
    'of another system': f'[DEFAULT]\r\ncompute_driver:   "{NOVAS}"  \r\n# the end\r\n',
    'with comments': f'# {NOVAS}\n[DEFAULT]\n#compute_driver = {NOVAS}\n\n[DEFAULT]\n'
                     f'compute_driver = {NOVAS}\n',
    'set twice': '[other]\ncompute_driver = other\n[DEFAULT]\ncompute_driver = fake.Fake\n'
                 f'compute_driver={NOVAS}\nlog = {NOVAS}\n'}


@ddt.ddt
class TestReplace(base.TestCase):
    @ddt.data(*TEXTS)
    def test_only_the_value_is_another(self, kind: str) -> None:
        text = TEXTS[kind]
        changed = driver.replace(text, NOVAS, OURS)
        before, after = text.splitlines(), changed.splitlines()
        different = [(old, new) for old, new in zip(before, after) if old != new]
        self.assertEqual(len(before), len(after))
        self.assertEqual([(old, old.replace(NOVAS, OURS)) for old, _ in different], different)
        self.assertEqual(1, len(different))

    @ddt.data(*TEXTS)
    def test_it_is_taken_back_exactly(self, kind: str) -> None:
        text = TEXTS[kind]
        self.assertEqual(text, driver.replace(driver.replace(text, NOVAS, OURS), OURS, NOVAS))

    @ddt.data('[DEFAULT]\n', '[DEFAULT]\ncompute_driver = fake.Fake\n',
              f'[DEFAULT]\ncompute_driver = {NOVAS}\ncompute_driver = fake.Fake\n')
    def test_another_value_is_an_error(self, text: str) -> None:
        with self.assert_raises(ValueError, 'there is no compute_driver'):
            driver.replace(text, NOVAS, OURS)


@ddt.ddt
class TestEnabled(base.TestCase):
    @ddt.data((NOVAS, OURS), ('vmwareapi.VMwareVCDriver', 'nova_ext.VMwareDriver'),
              ('ironic.IronicDriver', 'nova_ext.IronicDriver'), ('fake.FakeDriver', None))
    @ddt.unpack
    def test_each_driver_has_one_in_its_place(self, novas: str, ours: str | None) -> None:
        self.assertEqual(ours, driver.enabled(novas))


@ddt.ddt
class TestAdd(base.TestCase):
    @ddt.data('', '\n', 'x', '[a]\nb = c\n', '[a]\nb = c', '[DEFAULT]\nmy_ip = 192.0.2.1\n',
              '# [DEFAULT]\n[DEFAULT]', '[DEFAULT]\r\nb = c\r\n', '[a]\r\nb = c\r\n\r\n')
    def test_it_is_taken_away_exactly(self, text: str) -> None:
        changed = driver.add(text, OURS)
        self.assertEqual(1, changed.count(f'\ncompute_driver = {OURS}'), changed)
        self.assertEqual(text, driver.remove(changed, OURS))

    def test_it_is_in_the_section_with_what_was_there(self) -> None:
        changed = driver.add('[a]\n[DEFAULT]\nb = c\n[d]\n', OURS)
        self.assertEqual(
            ['[a]', '[DEFAULT]', f'compute_driver = {OURS}', 'b = c', '[d]'],
            [line for line in changed.splitlines() if not line.startswith('#')])

    def test_what_was_not_added_is_not_taken_away(self) -> None:
        text = f'[DEFAULT]\ncompute_driver = {OURS}\n'
        self.assertEqual(text, driver.remove(text, OURS))

    def test_lines_that_came_later_stay(self) -> None:
        changed = driver.add('[DEFAULT]\na = b\n', OURS) + 'c = d\n'
        self.assertEqual('[DEFAULT]\na = b\nc = d\n', driver.remove(changed, OURS))


class TestDrivers(base.TestCase):
    def test_each_is_a_driver_of_the_shim(self) -> None:
        from nova.virt import nova_ext

        self.assertEqual({f'nova_ext.{name}' for name in nova_ext._DRIVERS}, set(driver.DRIVERS))

    def test_driver_of_novas_is_known(self) -> None:
        self.assertEqual((OURS, None), (driver.enabled(NOVAS), driver.enabled('fake.FakeDriver')))
