"""The REST APIs as the administrator, without the start-up time of the command line client."""

import json
import time
from collections.abc import Callable
from typing import Any

from keystoneauth1 import session
from keystoneauth1.identity import v3

from sandbox import settings

BASES = {
    'identity': settings.ENDPOINTS['keystone'],
    'image': settings.ENDPOINTS['glance'],
    'network': settings.ENDPOINTS['neutron'],
    'compute': settings.ENDPOINTS['nova'],
    'placement': settings.ENDPOINTS['placement'],
}


class Cloud:
    """One session as admin."""

    def __init__(self) -> None:
        """Prepare to ask for a token when it is needed."""
        self._session = session.Session(auth=v3.Password(
            auth_url=settings.ENDPOINTS['keystone'], username='admin',
            password=settings.PASSWORD, project_name='admin', user_domain_id='default',
            project_domain_id='default'))

    def request(
        self, method: str, service: str, path: str, body: Any = None, **options: Any,
    ) -> Any:
        """Send one request and return the decoded answer, None when it has no body."""
        answer = self._session.request(
            BASES[service] + path, method, json=body, raise_exc=False, **options)
        if answer.status_code >= 400:
            raise SystemExit(
                f'{method} {service} {path}: {answer.status_code} {answer.text[:500]}')
        is_json = 'json' in answer.headers.get('content-type', '')
        return json.loads(answer.content) if answer.content and is_json else None

    def get(self, service: str, path: str) -> Any:
        """Read something."""
        return self.request('GET', service, path)

    def ensure(
        self, service: str, path: str, kind: str, name: str, /, key: str = 'name', **fields: Any,
    ) -> dict[str, Any]:
        """Return the thing of that kind and name, made if it is missing."""
        for found in self.get(service, path)[f'{kind}s']:
            if found[key] == name:
                return dict(found)
        made = self.request('POST', service, path.partition('?')[0], {kind: {key: name, **fields}})
        return dict(made[kind])


def wait_for(what: str, condition: Callable[[], bool], timeout: float = 120) -> None:
    """Ask twice a second until a condition holds; give up after timeout seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f'{what}: not within {timeout:.0f} s')
        time.sleep(0.5)
