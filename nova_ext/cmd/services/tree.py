# SPDX-License-Identifier: Apache-2.0
"""The files of a host, below a root directory."""

from __future__ import annotations

import fnmatch
import os


class Tree:
    """The files of a host by the absolute paths that its services use.

    What may not be looked at raises PermissionError, and never counts as missing.
    """

    def __init__(self, root: str = '/') -> None:
        """Take the directory that is ``/`` for the services; another one in tests."""
        self._root = os.path.normpath(root)

    @property
    def is_foreign(self) -> bool:
        """Whether these are not the files of this process."""
        return self._root != '/'

    def path(self, name: str) -> str:
        """Where a file of the host is for this process."""
        if self._root == '/':
            return name
        return os.path.join(self._root, name.lstrip('/'))

    def exists(self, name: str) -> bool:
        """Whether there is such a file or directory.

        :raises PermissionError: this cannot be known
        """
        try:
            os.stat(self.path(name))
        except PermissionError as error:
            raise _as_seen(error, name) from error
        except OSError:
            return False
        return True

    def is_directory(self, name: str) -> bool:
        """Whether there is such a directory.

        :raises PermissionError: this cannot be known
        """
        return self.exists(name) and os.path.isdir(self.path(name))

    def is_same(self, name: str, other: str) -> bool:
        """Whether two names lead to one file, or one of them to none.

        :raises PermissionError: this cannot be known
        """
        return not self.exists(name) or not self.exists(other) or (
            os.path.samefile(self.path(name), self.path(other)))

    def read(self, name: str) -> str:
        """The text of a file; bytes that are no UTF-8 survive being written again.

        :raises OSError: it cannot be read
        """
        try:
            with open(self.path(name), encoding='utf-8', errors='surrogateescape',
                      newline='') as file:
                return file.read()
        except OSError as error:
            raise _as_seen(error, name) from error

    def matches(self, directory: str, pattern: str) -> list[str]:
        """The names with path of what is in a directory and matches, sorted; none without it.

        :raises PermissionError: the directory cannot be read
        """
        try:
            names = os.listdir(self.path(directory))
        except PermissionError as error:
            raise _as_seen(error, directory) from error
        except OSError:
            return []
        return [os.path.join(directory, name) for name in sorted(fnmatch.filter(names, pattern))]


def remedy() -> str:
    """What to do where something may not be read, for the operator.

    Root itself may not look into another user's process in most containers.
    """
    return 'Run this as root' if os.geteuid() else 'Run this as the user to whom it belongs'


def _as_seen(error: OSError, name: str) -> OSError:
    """The same error with the name that the host's services use."""
    return type(error)(error.errno, error.strerror, name)
