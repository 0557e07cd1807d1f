# SPDX-License-Identifier: Apache-2.0
"""What can go wrong, in one sentence that a person can act on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Optional


class ClientError(Exception):
    """Base of what the commands report."""

    #: Whether asking again may be answered.
    temporary = False


class NotServed(ClientError):
    """The cloud has no nova-ext, or not the operation, or not the version."""


class _NotOne(ClientError):
    """None of a kind that the person may see is meant, or several are."""

    _KIND: str

    def __init__(
            self, name_or_id: str, number: int,
            down_cells: Optional[Iterable[str]] = None) -> None:
        """Say which.

        :param number: how many have the name
        :param down_cells: those that did not answer, as far as they have names; None: all did
        """
        if number:
            text = f"More than one {self._KIND} is called '{name_or_id}': say which by its ID."
        else:
            text = f"There is no {self._KIND} with the name or ID '{name_or_id}'."
            if down_cells is not None:
                names = ', '.join(sorted(down_cells))
                text += f' It may be in a cell that does not answer now{names and ": "}{names}.'
        super().__init__(text)


class NoSuchServer(_NotOne):
    """No server is meant, or several are."""

    _KIND = 'server'


class NoSuchHypervisor(_NotOne):
    """No hypervisor is meant, or several are."""

    _KIND = 'hypervisor'


class Refused(ClientError):
    """The API answered with an error."""

    def __init__(self, status: int, message: str) -> None:
        """Note the status of the response.

        :param message: from the response's body
        """
        self.status = status
        self.temporary = status in (409, 413, 429) or status >= 500
        super().__init__(f'{message} (HTTP {status})')


class NoAnswer(ClientError):
    """The API or Keystone could not be reached, or did not answer in time."""

    temporary = True


class Malformed(NoAnswer):
    """Something answered that is not the API, such as a proxy before it."""
