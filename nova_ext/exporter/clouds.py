# SPDX-License-Identifier: Apache-2.0
"""A session with the cloud, as clouds.yaml or the environment says: tokens are renewed in it."""

from __future__ import annotations

from typing import Any

from keystoneauth1 import adapter as ksa_adapter
from keystoneauth1 import exceptions as ksa
from keystoneauth1 import session as ksa_session

from nova_ext.cli import exceptions
from nova_ext.exporter.settings import Settings


def connect(settings: Settings) -> ksa_adapter.Adapter:
    """An adapter for the compute API; nothing is asked yet.

    :raises nova_ext.cli.exceptions.ClientError: there is no such cloud, or something is missing
    """
    try:
        from openstack import config
        from openstack import exceptions as sdk
    except ModuleNotFoundError as error:
        raise exceptions.ClientError(
            f'The exporter needs the Python package {error.name}: install nova-ext with its '
            'extra "exporter".') from error
    options: dict[str, Any] = (
        {} if settings.region is None else {'region_name': settings.region})
    try:
        cloud: Any = config.OpenStackConfig(app_name='nova-ext-exporter').get_one(
            cloud=settings.cloud, **options)
        session = cloud.get_session()
    except (sdk.SDKException, ksa.ClientException, OSError) as error:
        raise exceptions.ClientError(' '.join(str(error).split())) from error
    # Or else nothing bounds what Keystone is asked, on which all requests wait.
    session.timeout = session.timeout or settings.host_timeout
    for scheme in ('http://', 'https://'):
        # Without it, what exceeds ten connections is opened anew each time.
        session.session.mount(
            scheme, ksa_session.TCPKeepAliveAdapter(pool_maxsize=settings.concurrency))
    return ksa_adapter.Adapter(
        session, service_type='compute', service_name=cloud.get_service_name('compute'),
        interface=cloud.get_interface('compute'), region_name=cloud.get_region_name('compute'),
        endpoint_override=cloud.get_endpoint('compute'),
        default_microversion=cloud.get_default_microversion('compute'))
