"""Fills the templates of configuration files, and what many of them have in common."""

import pathlib
import string
from collections.abc import Mapping

from sandbox import settings

TEMPLATES = pathlib.Path(__file__).with_name('templates')


def render(template: str, values: Mapping[str, str]) -> str:
    """Fill one template; a name without a value is an error."""
    return string.Template((TEMPLATES / template).read_text()).substitute(values)


def auth_section(user: str) -> str:
    """The options of keystoneauth for a service user, valid in many sections."""
    return '\n'.join((
        f'auth_url = {settings.ENDPOINTS["keystone"]}',
        f'www_authenticate_uri = {settings.ENDPOINTS["keystone"]}',
        'auth_type = password',
        f'username = {user}',
        f'password = {settings.PASSWORD}',
        'project_name = service',
        'user_domain_id = default',
        'project_domain_id = default',
        f'region_name = {settings.REGION}',
    ))


def transport_url() -> str:
    """The message bus, as oslo.messaging wants it."""
    return f'rabbit://os:{settings.PASSWORD}@{settings.CONTROLLER_IP}:{settings.RABBIT_PORT}/'


def put(path: pathlib.Path, text: str) -> None:
    """Write a file, and make its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
