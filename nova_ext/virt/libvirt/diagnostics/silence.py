# SPDX-License-Identifier: Apache-2.0
"""What is answered, and logged, when a guest or all of libvirt does not answer."""

from __future__ import annotations

from typing import Any

from nova import exception as nova_exception
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.objects import diagnostics
from nova_ext.virt.libvirt.diagnostics import fields

LOG = logging.getLogger(__name__)


def unavailable(
        instance: Any, error: exception.NotResponding) -> nova_exception.HypervisorUnavailable:
    """What to raise when libvirt does not answer at all.

    :param instance: nova.objects.Instance that was asked about
    """
    LOG.warning('No diagnostics of the guest: %s', error, instance=instance)
    return nova_exception.HypervisorUnavailable()


def nothing_known(instance: Any, error: Exception) -> diagnostics.Diagnostics:
    """Diagnostics of a guest about which libvirt does not answer.

    :param instance: nova.objects.Instance that was asked about
    """
    LOG.warning('No diagnostics of the guest: %s', error, instance=instance)
    return diagnostics.Diagnostics.unknown(driver=fields.DRIVER)
