# SPDX-License-Identifier: Apache-2.0
"""What a driver answers for a server, whatever keeps it from finding out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nova import exception as nova_exception
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.objects import diagnostics

LOG = logging.getLogger(__name__)


def collect(
        instance: Any, driver: str, find: Callable[[], diagnostics.Diagnostics],
        unreadable: tuple[type[Exception], ...] = (),
) -> diagnostics.Diagnostics:
    """Find out what is known about a server, and tell truly what is not.

    :param instance: nova.objects.Instance
    :param driver: Nova's name of it, such as ``libvirt``
    :param find: finds out; raises nova.exception.InstanceNotFound for a server that the
        hypervisor does not have, and what nova_ext.exception has when there is no answer
    :param unreadable: what else it raises when nothing can be read of this server
    :returns: what was found out; with the state ``pending`` alone, or with nothing known
    :raises nova.exception.HypervisorUnavailable: the hypervisor does not answer at all
    """
    silent: tuple[type[Exception], ...] = (exception.NotResponding, *unreadable)
    try:
        return find()
    except nova_exception.InstanceNotFound:
        # Not made yet, or not there at this moment: Nova defines it anew in a hard reboot.
        return diagnostics.Diagnostics.unknown(state='pending', driver=driver)
    except exception.HypervisorNotResponding as error:
        LOG.warning('Failed to read diagnostics: %s', error, instance=instance)
        raise nova_exception.HypervisorUnavailable() from error
    except silent as error:
        LOG.warning('Failed to read diagnostics: %s', error, instance=instance)
        return diagnostics.Diagnostics.unknown(driver=driver)
