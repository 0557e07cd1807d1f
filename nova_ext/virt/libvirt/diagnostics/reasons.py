# SPDX-License-Identifier: Apache-2.0
"""Why a guest is in its state, in the words of :mod:`nova_ext.objects.states`."""

from __future__ import annotations

from typing import Optional

import libvirt

#: By libvirt's number of the state and of the reason. Numbers are those that libvirt 9.0 has no
#: names for, and older ones that Nova 26 runs with.
_REASONS = {
    libvirt.VIR_DOMAIN_RUNNING: {
        libvirt.VIR_DOMAIN_RUNNING_BOOTED: 'booted',
        libvirt.VIR_DOMAIN_RUNNING_MIGRATED: 'migrated',
        libvirt.VIR_DOMAIN_RUNNING_RESTORED: 'restored',
        libvirt.VIR_DOMAIN_RUNNING_FROM_SNAPSHOT: 'reverted',
        libvirt.VIR_DOMAIN_RUNNING_UNPAUSED: 'unpaused',
        libvirt.VIR_DOMAIN_RUNNING_MIGRATION_CANCELED: 'migration_cancelled',
        libvirt.VIR_DOMAIN_RUNNING_SAVE_CANCELED: 'save_cancelled',
        libvirt.VIR_DOMAIN_RUNNING_WAKEUP: 'woken',
        libvirt.VIR_DOMAIN_RUNNING_CRASHED: 'resumed_after_crash',
        libvirt.VIR_DOMAIN_RUNNING_POSTCOPY: 'post_copy',
        11: 'post_copy_failed',  # VIR_DOMAIN_RUNNING_POSTCOPY_FAILED, libvirt 8.5
    },
    libvirt.VIR_DOMAIN_PAUSED: {
        libvirt.VIR_DOMAIN_PAUSED_USER: 'requested',
        libvirt.VIR_DOMAIN_PAUSED_MIGRATION: 'migrating',
        libvirt.VIR_DOMAIN_PAUSED_SAVE: 'saving',
        libvirt.VIR_DOMAIN_PAUSED_DUMP: 'dumping',
        libvirt.VIR_DOMAIN_PAUSED_IOERROR: 'io_error',
        libvirt.VIR_DOMAIN_PAUSED_WATCHDOG: 'watchdog',
        libvirt.VIR_DOMAIN_PAUSED_FROM_SNAPSHOT: 'reverted',
        libvirt.VIR_DOMAIN_PAUSED_SHUTTING_DOWN: 'shutting_down',
        libvirt.VIR_DOMAIN_PAUSED_SNAPSHOT: 'snapshotting',
        libvirt.VIR_DOMAIN_PAUSED_CRASHED: 'panicked',
        libvirt.VIR_DOMAIN_PAUSED_STARTING_UP: 'starting',
        libvirt.VIR_DOMAIN_PAUSED_POSTCOPY: 'post_copy',
        libvirt.VIR_DOMAIN_PAUSED_POSTCOPY_FAILED: 'post_copy_failed',
        14: 'hypervisor_error',  # VIR_DOMAIN_PAUSED_API_ERROR, libvirt 9.2
    },
    libvirt.VIR_DOMAIN_SHUTDOWN: dict.fromkeys((
        libvirt.VIR_DOMAIN_SHUTDOWN_UNKNOWN, libvirt.VIR_DOMAIN_SHUTDOWN_USER), 'shutting_down'),
    libvirt.VIR_DOMAIN_SHUTOFF: {
        libvirt.VIR_DOMAIN_SHUTOFF_SHUTDOWN: 'shut_down',
        libvirt.VIR_DOMAIN_SHUTOFF_DESTROYED: 'powered_off',
        libvirt.VIR_DOMAIN_SHUTOFF_CRASHED: 'crashed',
        libvirt.VIR_DOMAIN_SHUTOFF_MIGRATED: 'migrated_away',
        libvirt.VIR_DOMAIN_SHUTOFF_SAVED: 'saved',
        libvirt.VIR_DOMAIN_SHUTOFF_FAILED: 'start_failed',
        libvirt.VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT: 'reverted',
        libvirt.VIR_DOMAIN_SHUTOFF_DAEMON: 'lost',
    },
    libvirt.VIR_DOMAIN_CRASHED: {libvirt.VIR_DOMAIN_CRASHED_PANICKED: 'panicked'},
    libvirt.VIR_DOMAIN_PMSUSPENDED: {libvirt.VIR_DOMAIN_PMSUSPENDED_UNKNOWN: 'sleeping'},
}


def get_reason(number: int, reason: int, *, is_suspended: bool) -> Optional[str]:
    """Why a guest is in its state; None: libvirt does not say.

    :param number: the state in libvirt's numbers, as is the reason
    :param is_suspended: whether it is shut off because it was saved to disk, which libvirtd does
        not give as the reason once it has been restarted
    """
    if is_suspended and number == libvirt.VIR_DOMAIN_SHUTOFF:
        return 'saved'
    return _REASONS.get(number, {}).get(reason)
