# SPDX-License-Identifier: Apache-2.0
"""Lists of diagnostics as OpenMetrics, for those who prefer it to JSON.

``base.Route('GET', path, schema, openmetrics.negotiated(self.index))`` is all that a controller
needs.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

from webob import exc

from nova_ext.api.controllers import base
from nova_ext.openmetrics import exposition

_MEDIA_TYPE = 'application/openmetrics-text'

#: The version that is written. A client that names none takes any.
_VERSION = '1.0.0'

Handler = Callable[[base.Request], dict[str, Any]]


def negotiated(handler: Handler) -> Callable[[base.Request], base.Answer]:
    """A handler whose answers are OpenMetrics for clients that prefer it to JSON.

    :param handler: returns ``diagnostics``, ``diagnostics_links``, ``host_failures``,
        ``missing_hosts`` and ``down_cells`` as the API shows them, all but the first where there
        are any
    :returns: what raises ``webob.exc.HTTPNotAcceptable`` where OpenMetrics cannot be written
    """
    def answer(request: base.Request) -> base.Answer:
        wanted = is_preferred(request.nova.accept)
        if wanted:
            _check_available()  # before any host is asked
        body = handler(request)
        return _write(body) if wanted else base.Answer(body, headers=(('Vary', 'Accept'),))

    return answer


def is_preferred(accept: Any) -> bool:
    """Whether a client wants OpenMetrics rather than JSON.

    :param accept: the header as webob parses it
    """
    # What is malformed, or not there, asks for nothing.
    ranges = getattr(accept, 'parsed', None) or ()
    quality = max((q for media_range, q, parameters, _ in ranges
                   if media_range.partition(';')[0].strip().lower() == _MEDIA_TYPE
                   and _takes_version(parameters)), default=0.0)
    json = accept.acceptable_offers(['application/json'])
    return bool(quality > (json[0][1] if json else 0.0))


def _takes_version(parameters: list[tuple[str, str]]) -> bool:
    return all(value == _VERSION for name, value in parameters if name.lower() == 'version')


def _check_available() -> None:
    if importlib.util.find_spec('prometheus_client') is None:
        raise exc.HTTPNotAcceptable(
            explanation="This API cannot write OpenMetrics, because the Python package "
                        "prometheus_client is not installed beside nova-api; ask for "
                        "application/json, or the cloud's operator to install it.")


def _write(body: dict[str, Any]) -> base.Answer:
    """The answer as OpenMetrics; the link to the next page is a header."""
    links = tuple(
        ('Link', f'<{link["href"]}>; rel="{link["rel"]}"')
        for link in body.get('diagnostics_links', ()))
    return base.Answer(
        exposition.text(
            body['diagnostics'], host_failures=body.get('host_failures', {}),
            missing_hosts=body.get('missing_hosts', {}), down_cells=body.get('down_cells', {})),
        exposition.CONTENT_TYPE, (*links, ('Vary', 'Accept')))
