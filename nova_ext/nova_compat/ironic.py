# SPDX-License-Identifier: Apache-2.0
"""Nova's ironic driver: its connection with ironic's API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from keystoneauth1 import exceptions as keystone_exception
from nova import exception as nova_exception
from openstack import exceptions as sdk_exception

from nova_ext import exception
from nova_ext.nova_compat.internals import Internal

_DRIVER = 'nova.virt.ironic.driver'

INTERNALS = (
    Internal(_DRIVER, 'IronicDriver.__init__', ('self', 'virtapi')),
    Internal(_DRIVER, 'IronicDriver.init_host', ('self', 'host')),
    Internal(_DRIVER, 'IronicDriver.get_instance_diagnostics', ('self', 'instance')),
    Internal(_DRIVER, 'IronicDriver.ironic_connection.fget', ('self',), source=(
        'utils.get_sdk_adapter(', "'baremetal'", 'self._ironic_connection')),
)

#: What a proxy, or an ironic-api that cannot do anything, answers in ironic's place.
_UNAVAILABLE = (502, 503, 504)


class Connection:
    """Nova's connection with ironic, which gets new tokens by itself."""

    def __init__(self, driver: Any, timeout: float) -> None:
        """Know the driver.

        :param driver: nova.virt.ironic.driver.IronicDriver
        :param timeout: seconds after which a request that is not answered is given up
        """
        self._driver = driver
        self._timeout = timeout

    def get(
            self, path: str, version: str, query: Optional[Mapping[str, str]] = None, *,
            without: tuple[int, ...] = ()) -> Any:
        """Make one request of ironic's API.

        :param path: below the version of the API, such as ``/nodes``
        :param version: of the API, such as ``1.46``
        :param without: HTTP codes which say that there is no such thing
        :returns: the decoded answer; None: there is no such thing
        :raises nova_ext.exception.HypervisorNotResponding: ironic cannot be reached
        :raises nova_ext.exception.NotResponding: it refuses
        """
        try:
            # Nova makes it with the first request, and looks whether ironic is there.
            answer = self._driver.ironic_connection.get(
                path, params=dict(query or {}), microversion=version, timeout=self._timeout,
                # Whoever asked does not wait for another attempt.
                connect_retries=0, status_code_retries=0)
        except (keystone_exception.ClientException, sdk_exception.SDKException,
                nova_exception.ServiceUnavailable) as error:
            raise exception.HypervisorNotResponding(
                f'ironic cannot be reached: {type(error).__name__}: {error}') from error
        if answer.status_code in without:
            return None
        if answer.status_code >= 400:
            _refuse(path, answer)
        try:
            return answer.json()
        except ValueError as error:
            raise exception.NotResponding(f'ironic does not answer in JSON: {error}') from error


def _refuse(path: str, answer: Any) -> None:
    """Raise what an answer that is an error means."""
    kind = (exception.HypervisorNotResponding if answer.status_code in _UNAVAILABLE
            else exception.NotResponding)
    raise kind(f'ironic refuses {path}: {answer.status_code} {answer.text[:200]}')
