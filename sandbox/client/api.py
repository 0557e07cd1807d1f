"""Nova's API, as one persona, with and without the plugin's version in the request."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import requests
from keystoneauth1 import session
from keystoneauth1.identity import v3

from sandbox import settings

#: The microversion of requests whose caller does not care: Nova 26 has it too.
COMPUTE = '2.90'


class ApiError(Exception):
    """A request that had to succeed was refused."""


class Api:
    """Requests to Nova and to the services beside it."""

    def __init__(self, persona: str = 'admin', *, stock: bool = False,
                 endpoint: str | None = None) -> None:
        """Prepare to ask for a token when it is needed.

        :param persona: one of settings.PERSONAS
        :param stock: talk to the nova-api without the plugin (`up --stock-api`)
        :param endpoint: of another nova-api to talk to
        """
        self.persona = persona
        variables = settings.client_environment(persona)
        self._session = session.Session(auth=v3.Password(
            auth_url=variables['OS_AUTH_URL'], username=variables['OS_USERNAME'],
            password=variables['OS_PASSWORD'], project_name=variables['OS_PROJECT_NAME'],
            user_domain_id='default', project_domain_id='default'))
        self._http = requests.Session()
        self._nova = endpoint or settings.ENDPOINTS['nova_stock' if stock else 'nova']

    def token(self) -> str:
        """The persona's token, for other clients."""
        return str(self._session.get_token())

    def request(
            self, method: str, path: str, *, compute: str | None = COMPUTE,
            nova_ext: str | None = None, headers: dict[str, Any] | None = None,
            body: Any = None, service: str = 'nova', timeout: float = 120) -> requests.Response:
        """Send one request and return whatever comes back.

        :param path: below the service's endpoint
        :param compute: the compute microversion; None sends none
        :param nova_ext: the nova-ext version; None sends none
        :param headers: more headers, which win
        :param timeout: seconds
        """
        versions = [f'compute {compute}'] if compute else []
        versions += [f'nova-ext {nova_ext}'] if nova_ext else []
        sent: dict[str, Any] = {'X-Auth-Token': self.token()}
        if versions:
            sent['OpenStack-API-Version'] = ', '.join(versions)
        sent.update(headers or {})
        base = self._nova if service == 'nova' else settings.ENDPOINTS[service]
        return self._http.request(
            method, base + path, headers=sent, json=body, timeout=timeout)

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Send one request that must succeed and return its decoded answer."""
        answer = self.request(method, path, body=body, **options)
        if answer.status_code >= 400:
            raise ApiError(f'{method} {path}: {answer.status_code} {answer.text[:500]}')
        return answer.json() if answer.content else None

    def get(self, path: str, **options: Any) -> Any:
        """Read something that must be there."""
        return self.call('GET', path, **options)

    def diagnostics(self, server_id: str, version: str = '1.0') -> Any:
        """A server's diagnostics in the plugin's format."""
        return self.get(f'/servers/{server_id}/diagnostics', nova_ext=version)


def wait_for(
        what: str, condition: Callable[[], Any], timeout: float = 180,
        interval: float = 0.5) -> Any:
    """The first true value of ``condition``, asked for again and again.

    :param timeout: seconds after which to give up
    :raises TimeoutError: it did not become true
    """
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f'{what}: not within {timeout:g} s')
        time.sleep(interval)
