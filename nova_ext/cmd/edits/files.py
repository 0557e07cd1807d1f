# SPDX-License-Identifier: Apache-2.0
"""Putting another text into a file: all of it or nothing, with its owner and mode."""

from __future__ import annotations

import contextlib
import difflib
import errno
import os
import shutil
import tempfile
from typing import NamedTuple

from nova_ext.cmd.edits import lines
from nova_ext.cmd.services.tree import Tree


class Change(NamedTuple):
    """Another text for a file."""

    #: As the services know it.
    name: str
    before: str
    after: str

    def diff(self) -> str:
        """What is another, as ``diff -U 0`` has it: lines beside it may have passwords."""
        return ''.join(
            line if line.endswith('\n') else f'{line}\n\\ No newline at end of file\n'
            for line in difflib.unified_diff(
                lines.split(self.before), lines.split(self.after), self.name, self.name,
                n=0))


def write(change: Change, tree: Tree) -> None:
    """Put the new text in the place of the old one.

    A symbolic link stays one: what it leads to is changed.

    :raises OSError: it cannot be done, and nothing was changed
    """
    try:
        _write(change, tree)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, change.name) from error


def _write(change: Change, tree: Tree) -> None:
    path = os.path.realpath(tree.path(change.name))
    descriptor, new = tempfile.mkstemp(prefix='.nova-ext-setup-', dir=os.path.dirname(path))
    try:
        with open(descriptor, 'w', encoding='utf-8', errors='surrogateescape',
                  newline='') as file:
            file.write(change.after)
            file.flush()
            _take_after(path, new)
            os.fsync(file.fileno())
        if tree.read(change.name) != change.before:
            raise OSError(errno.EAGAIN, 'Somebody else has changed it meanwhile')
        os.replace(new, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new)
        raise


def _take_after(path: str, new: str) -> None:
    """Give a file the owner, the mode and the extended attributes of another."""
    status = os.stat(path)
    os.chown(new, status.st_uid, status.st_gid)
    shutil.copystat(path, new)  # which has the labels of SELinux and the lists of access, too
    os.utime(new)
