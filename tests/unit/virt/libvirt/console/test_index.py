# SPDX-License-Identifier: Apache-2.0
"""The file with a log's offsets, damaged, replaced, or not to be written."""

from __future__ import annotations

import errno
import json
import os
import threading
from pathlib import Path
from typing import Any

import ddt

from nova_ext.virt.libvirt.console import extents, index, offsets
from tests.unit.virt.libvirt.console import base


class IndexTestCase(base.ConsoleTestCase):
    """A log with ``printed``, of which the offsets are noted in :attr:`name`."""

    def setUp(self) -> None:
        super().setUp()
        self.path = self.directory / 'console.log'
        self.path.write_bytes(b'printed')
        offsets.begin(str(self.path), first=True)
        self.name = Path(index.name(str(self.path)))

    def names(self) -> set[str]:
        """Return the names of the files in the log's directory."""
        return {name.name for name in self.directory.iterdir()}

    def assert_begins_anew(self) -> None:
        """Assert that the log is read as one that was never counted."""
        self.assertIsNone(index.load(str(self.path)))
        offsets.note_all([str(self.path)])
        part = offsets.read(str(self.path), 0, 100)
        self.assertEqual(b'printed', part.data)
        self.assertGreater(part.start, 10 ** 15)


@ddt.ddt
class TestDamage(IndexTestCase):
    @ddt.data(
        b'', b'null', b'7', b'"text"', b'[]', b'{}', b'\xff\xfe\x00', b'[' * 100_000,
        b'{"format": 1, "end": ' + b'9' * 5000 + b'}')
    def test_what_is_no_index_is_begun_anew(self, content: bytes) -> None:
        self.name.write_bytes(content)
        self.assert_begins_anew()

    @ddt.data(-1, True, None, '7', 7.0, float('inf'), float('nan'), 2 ** 70, 6, [], {})
    def test_end_that_cannot_be_is_begun_anew(self, end: Any) -> None:
        self._change(lambda noted: noted.update(end=end))
        self.assert_begins_anew()

    @ddt.data(('inode', -1), ('inode', 2 ** 64), ('size', -1), ('size', 6), ('size', 2 ** 70),
              ('size', float('inf')), ('check', None), ('extents', 7), ('extents', {'a': 1}),
              ('extents', [7]), ('extents', [[0, 0]]), ('extents', [[0, 0, 7, 0]]))
    @ddt.unpack
    def test_file_that_cannot_be_is_begun_anew(self, key: str, value: Any) -> None:
        self._change(lambda noted: noted['files'][0].update({key: value}))
        self.assert_begins_anew()

    @ddt.data(
        [[-1, 0, 3]], [[0, -1, 3]], [[0, 0, -3]], [[0, 0, 8]], [[2 ** 62, 0, 7]], [[0, 1, 7]],
        [[0, 0, 3], [2, 3, 2]], [[0, 0, 3], [3, 2, 2]], [[3, 0, 3], [0, 3, 3]],
        [[0, 0, float('inf')]], [[0, 0, True]])
    def test_offsets_that_cannot_be_are_begun_anew(self, extents_: Any) -> None:
        self._change(lambda noted: noted['files'][0].update(extents=extents_))
        self.assert_begins_anew()

    @ddt.data('files', 'end', 'complete', 'away')
    def test_index_that_lacks_something_is_begun_anew(self, key: str) -> None:
        self._change(lambda noted: noted.pop(key))
        self.assert_begins_anew()

    def test_huge_file_is_not_read(self) -> None:
        os.truncate(self.name, 1 << 40)
        self.assert_begins_anew()

    def _change(self, change: Any) -> None:
        noted = json.loads(self.name.read_text())
        change(noted)
        self.name.write_text(json.dumps(noted))


@ddt.ddt
class TestNoFile(IndexTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.name.rename(self.make_directory() / 'elsewhere')

    def test_pipe_is_not_waited_on_and_replaced(self) -> None:
        os.mkfifo(self.name)
        reader = threading.Thread(target=self.assert_begins_anew, daemon=True)
        reader.start()
        reader.join(10)
        self.assertFalse(reader.is_alive(), 'a reader waits for ever')
        self.assertTrue(self.name.is_file())

    def test_link_is_not_followed_and_replaced(self) -> None:
        other = self.make_directory() / 'other'
        index.save(str(other), extents.Index(5))
        target = Path(index.name(str(other)))
        before = target.read_bytes()
        self.name.symlink_to(target)
        self.assert_begins_anew()
        self.assertFalse(self.name.is_symlink())
        self.assertEqual(before, target.read_bytes())

    def test_directory_leaves_no_file_open_however_often_it_is_read(self) -> None:
        self.name.mkdir()
        before = len(os.listdir('/proc/self/fd'))
        for _ in range(9):
            self.assertIsNone(index.load(str(self.path)))
            with self.assert_raises(OSError):
                offsets.read(str(self.path), 0, 10)
        self.assertEqual(before, len(os.listdir('/proc/self/fd')))
        self.assertEqual({'console.log', 'console.log.index'}, self.names())


class TestSave(IndexTestCase):
    def test_what_cannot_be_written_leaves_what_was_there(self) -> None:
        def fail(*_: Any) -> None:
            raise OSError(errno.ENOSPC, 'No space left on device')

        before = self.name.read_bytes()
        with self.assert_raises(OSError, 'No space left'):
            self.patch(os, 'rename', fail)
            index.save(str(self.path), extents.Index(99))
        self.assertEqual(before, self.name.read_bytes())
        self.assertEqual({'console.log', 'console.log.index'}, self.names())

    def test_host_that_shares_the_directory_may_write_at_the_same_time(self) -> None:
        ours = os.rename

        def rename(old: str, new: str) -> None:
            self.patch(os, 'rename', ours)
            self.patch(os, 'uname', lambda: os.uname_result(('', 'other', '', '', '')))
            index.save(str(self.path), extents.Index(8))
            self.assertEqual(8, index.load(str(self.path)).end)  # type: ignore[union-attr]
            ours(old, new)

        self.patch(os, 'rename', rename)
        index.save(str(self.path), extents.Index(9))
        self.assertEqual(9, index.load(str(self.path)).end)  # type: ignore[union-attr]
        self.assertEqual({'console.log', 'console.log.index'}, self.names())


class TestBegin(base.ConsoleTestCase):
    def test_nothing_is_noted_beside_a_pipe_or_a_device(self) -> None:
        path = self.directory / 'console.log'
        os.mkfifo(path)  # stands for a device, which a domain may name itself
        linked = self.directory / 'linked.log'
        linked.symlink_to(path)
        for log in (path, linked):
            offsets.begin(str(log), first=True)
        self.assertEqual({'console.log', 'linked.log'},
                         {name.name for name in self.directory.iterdir()})
