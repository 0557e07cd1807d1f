# SPDX-License-Identifier: Apache-2.0
"""A server's libvirt domain, as the hypervisor shows it: the only check beside the API."""

from __future__ import annotations

import shlex
import subprocess
from typing import Any
from xml.etree import ElementTree

from tempest import config
from tempest.lib import exceptions

CONF = config.CONF

NOVA = '{http://openstack.org/xmlns/libvirt/nova/1.1}'
NOVA_EXT = '{http://openstack.org/xmlns/libvirt/nova-ext/1.0}'

#: Seconds that the operator's command may take.
TIMEOUT = 60


def elements(host: str, server_id: str) -> tuple[Any, Any]:
    """Nova's element in the domain's metadata, and nova-ext's, either of which may be None.

    :param host: the compute host that the server is on
    :raises tempest.lib.exceptions.TempestException: the command does not work, or not in time
    """
    words = [word.format(host=host, server_id=server_id)
             for word in shlex.split(CONF.nova_ext.domain_xml_command)]
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=TIMEOUT, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, 'stderr', None)
        raise exceptions.TempestException(
            f'[nova_ext] domain_xml_command: {error} {said or ""}'.strip()) from error
    metadata = ElementTree.fromstring(done.stdout).find('metadata')  # noqa: S314  # libvirt's own
    if metadata is None:
        return None, None
    return metadata.find(f'{NOVA}instance'), metadata.find(f'{NOVA_EXT}domain')
