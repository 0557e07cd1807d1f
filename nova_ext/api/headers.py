# SPDX-License-Identifier: Apache-2.0
"""The response headers that tell which versions were negotiated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import microversion_parse
import webob.headers

from nova_ext.api import microversions

_LEGACY_HEADER = 'X-OpenStack-Nova-API-Version'


def announcing(
        start_response: Callable[..., Any],
        version: microversion_parse.Version) -> Callable[..., Any]:
    """A ``start_response`` that adds the negotiated nova-ext version to what is sent."""

    def start(status: str, raw: list[tuple[str, str]], *exc_info: Any) -> Any:
        response_headers = webob.headers.ResponseHeaders(raw)
        add_version(response_headers, version)
        return start_response(status, list(response_headers.items()), *exc_info)

    return start


def add_version(
        response_headers: webob.headers.ResponseHeaders,
        version: microversion_parse.Version) -> None:
    """Name the nova-ext version beside the compute version, in one header."""
    ours = f'{microversions.SERVICE_TYPE} {version}'
    theirs = response_headers.get(microversions.HEADER)
    response_headers[microversions.HEADER] = f'{theirs}, {ours}' if theirs else ours
    if microversions.HEADER not in response_headers.getall('Vary'):
        response_headers.add('Vary', microversions.HEADER)


def add_compute_version(response_headers: webob.headers.ResponseHeaders, version: str) -> None:
    """Name the compute version the way that Nova does."""
    response_headers[microversions.HEADER] = f'compute {version}'
    response_headers[_LEGACY_HEADER] = version
    response_headers.add('Vary', microversions.HEADER)
    response_headers.add('Vary', _LEGACY_HEADER)
