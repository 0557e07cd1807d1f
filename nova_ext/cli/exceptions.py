# SPDX-License-Identifier: Apache-2.0
"""What can go wrong, in one sentence that a person can act on."""

from __future__ import annotations


class ClientError(Exception):
    """Base of what the commands report."""

    #: Whether asking again may be answered.
    temporary = False


class NotServed(ClientError):
    """The cloud has no nova-ext, or not the operation, or not the version."""


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
