# SPDX-License-Identifier: Apache-2.0
"""Requests to the compute API, over any keystoneauth adapter, and what they fail with."""

from __future__ import annotations

from typing import Any, Optional

import requests
from keystoneauth1 import adapter as ksa_adapter
from keystoneauth1 import exceptions as ksa

from nova_ext.cli import exceptions, versions

#: An answer's body, or a part of it.
Body = dict[str, Any]


class Transport:
    """Asks in one compute version."""

    def __init__(self, adapter: ksa_adapter.Adapter, timeout: float) -> None:
        """Prepare.

        :param adapter: its ``default_microversion`` is the compute version, where it has one
        :param timeout: seconds to wait for each answer
        """
        self._adapter = adapter
        self._compute = adapter.default_microversion or versions.COMPUTE
        self._timeout = timeout

    def get(self, path: str, nova_ext: Optional[str], query: Optional[Body] = None) -> Body:
        """The body of one answer.

        :param nova_ext: the version of nova-ext that is asked for; None: Nova itself is asked
        :param query: as the API takes it; values may be lists
        :raises nova_ext.cli.exceptions.ClientError: there is none, or it is an error
        """
        return _body(self._ask('GET', path, nova_ext, params=query or {}))

    def send(self, method: str, path: str, body: Optional[Body] = None) -> Body:
        """Have Nova change something and return the body of its answer, which may be empty.

        :raises nova_ext.cli.exceptions.ClientError: there is no answer, or it is an error
        """
        answer = self._ask(method, path, None, **({} if body is None else {'json': body}))
        return _body(answer) if answer.content else {}

    def _ask(self, method: str, path: str, nova_ext: Optional[str],
             **options: Any) -> requests.Response:
        """One answer that is no error."""
        version = f'compute {self._compute}'
        if nova_ext is not None:
            version = f'{version}, {versions.SERVICE_TYPE} {nova_ext}'
        try:
            answer: requests.Response = self._adapter.request(
                path, method, headers={versions.HEADER: version}, raise_exc=False,
                microversion=self._compute, timeout=self._timeout, **options)
        except ksa.HttpError as error:  # Keystone's
            raise exceptions.Refused(error.http_status, _line(error.message)) from error
        except ksa.ClientException as error:
            raise exceptions.NoAnswer(_line(str(error))) from error
        if answer.status_code >= 400:
            raise exceptions.Refused(answer.status_code, _fault(answer))
        return answer


def _body(answer: requests.Response) -> Body:
    """What the API answered.

    :raises nova_ext.cli.exceptions.Malformed: it was something before it that answered
    """
    try:
        return dict(answer.json())
    except (ValueError, TypeError, RecursionError) as error:
        raise exceptions.Malformed(f'What answered {answer.url} is not the API.') from error


def _fault(answer: requests.Response) -> str:
    """Why a request failed, in the words of Nova or of what stands before it."""
    try:
        body = answer.json()
        return _line(str(next(iter(body.values()))['message']))
    except (ValueError, AttributeError, StopIteration, TypeError, KeyError):
        return f'{answer.url}: {answer.reason}'


def _line(text: str) -> str:
    """A message that may have several lines in one."""
    return ' '.join(text.split())
