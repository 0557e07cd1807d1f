# SPDX-License-Identifier: Apache-2.0
"""Compares what the APIs with and without nova-ext answer over the same data, byte for byte.

The port in links, request ids and the date may differ.
"""

from __future__ import annotations

import re
import time
import urllib.parse
from typing import Any

import requests

from sandbox import settings
from sandbox.client.api import Api

_VARIABLE_HEADERS = {'date', 'x-compute-request-id', 'x-openstack-request-id', 'content-length'}
_REQUEST_ID = re.compile(rb'req-[0-9a-f-]{36}')


def assert_same(
        api: Api, stock_api: Api, path: str, *, method: str = 'GET', **options: Any) -> Any:
    """Check that both APIs return the same; return the decoded response.

    A host may report between the two requests, so they are repeated when responses differ.
    """
    for seconds in (0, 0, 1, 3):
        time.sleep(seconds)
        ours, theirs = (one.request(method, path, **options) for one in (api, stock_api))
        if _comparable(ours) == _comparable(theirs):
            break
    assert _comparable(ours) == _comparable(theirs), (method, path, options)
    for response in (ours, theirs):
        if method != 'HEAD' and 'Content-Length' in response.headers:
            assert int(response.headers['Content-Length']) == len(response.content)
    return ours.json() if ours.status_code == 200 and ours.content else None


def _comparable(response: requests.Response) -> tuple[int, bytes, dict[str, str]]:
    """Return the status, body and headers without request ids, dates and ports."""
    body = _REQUEST_ID.sub(b'REQUEST', response.content).replace(_authority('nova_stock'),
                                                                 _authority('nova'))
    headers = {name: value for name, value in response.headers.items()
               if name.lower() not in _VARIABLE_HEADERS}
    return response.status_code, body, headers


def _authority(endpoint: str) -> bytes:
    """Return the host and port of an endpoint."""
    return urllib.parse.urlsplit(settings.ENDPOINTS[endpoint]).netloc.encode()
