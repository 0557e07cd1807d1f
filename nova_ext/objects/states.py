# SPDX-License-Identifier: Apache-2.0
"""The words for what a guest does, and why."""

#: The guest's state, in the words of the specification.
STATES = ('pending', 'running', 'paused', 'shutdown', 'crashed', 'suspended')

#: Why a guest is in its state. The user's guide says what each of them means.
REASONS = (
    # how it came to run
    'booted', 'migrated', 'restored', 'reverted', 'unpaused', 'migration_cancelled',
    'save_cancelled', 'woken', 'resumed_after_crash',
    # why it is paused, or what goes on while it runs
    'requested', 'migrating', 'saving', 'dumping', 'snapshotting', 'starting', 'shutting_down',
    'post_copy', 'post_copy_failed', 'io_error', 'watchdog', 'panicked', 'hypervisor_error',
    'sleeping',
    # how its process ended
    'shut_down', 'powered_off', 'crashed', 'migrated_away', 'saved', 'start_failed', 'lost')
