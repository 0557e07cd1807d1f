# SPDX-License-Identifier: Apache-2.0
"""What the clients have in common: two versions in one header, and answers that are checked."""

from __future__ import annotations

import json
import urllib.parse
from typing import Any, Optional

from tempest.lib.common import rest_client
from tempest.lib.common.api_version_request import APIVersionRequest

HEADER = 'OpenStack-API-Version'


class NovaExtClient(rest_client.RestClient):
    """Requests to Nova's endpoint with the versions of both services."""

    def __init__(
            self, auth_provider: Any, service: str, region: str, *, nova_ext: str = 'latest',
            compute: str = 'latest', **options: Any) -> None:
        """Prepare to ask.

        :param nova_ext: the version of nova-ext
        :param compute: the compute microversion
        """
        super().__init__(auth_provider, service, region, **options)
        self._nova_ext = nova_ext
        self.versions = f'compute {compute}, nova-ext {nova_ext}'

    def get_headers(
            self, accept_type: Optional[str] = None,
            send_type: Optional[str] = None) -> dict[str, str]:
        """Tempest's headers, and the versions."""
        return {**super().get_headers(accept_type, send_type), HEADER: self.versions}

    def choose(self, schemas: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """The schema of an operation's answers in the version of this client.

        :param schemas: by the version that each came with, the oldest first
        """
        return [schema for version, schema in schemas.items()
                if self._nova_ext == 'latest'
                or APIVersionRequest(version) <= APIVersionRequest(self._nova_ext)][-1]

    def refuse(self, path: str) -> tuple[int, str]:
        """The status and the body of an answer that Tempest may have no exception for.

        :param path: as for :meth:`read`
        """
        url, headers, body = self.auth_provider.auth_request(
            'GET', path, self.get_headers(), None, self.filters)
        response, content = self.raw_request(url, 'GET', headers=headers, body=body)
        return int(response.status), (
            content.decode() if isinstance(content, bytes) else str(content))

    def read(
            self, path: str, schema: dict[str, Any], **query: Any) -> rest_client.ResponseBody:
        """Get something and check the answer.

        :param path: below the endpoint
        :param schema: what the answer has to be
        :param query: query parameters; a list repeats one
        :raises tempest.lib.exceptions.RestClientException: it is refused, or not as it should be
        """
        if query:
            path += '?' + urllib.parse.urlencode(query, doseq=True)
        response, body = self.get(path)
        found = json.loads(body)
        self.validate_response(schema, response, found)
        return rest_client.ResponseBody(response, found)
