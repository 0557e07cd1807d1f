# SPDX-License-Identifier: Apache-2.0
"""What can go wrong, in one sentence that a person can act on."""

from __future__ import annotations


class NovaExtError(Exception):
    """Base of nova-ext's own errors. None of them crosses RPC."""


class ControllerNotFound(NovaExtError):
    """A name in ``[nova_ext] enabled_controllers`` is not installed or does not load."""


class AggregateNotFound(NovaExtError):
    """No host aggregate has the id, UUID or name that was asked for."""

    def __init__(self, asked: str) -> None:
        super().__init__(f"There is no host aggregate '{asked}'.")


class ComputeHostUnavailable(NovaExtError):
    """A compute host is known to be down, or did not answer in time."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f'Compute host {host} is unavailable: {reason}.')
        #: Why, as part of a sentence.
        self.reason = reason


class ComputeHostSilent(ComputeHostUnavailable):
    """A compute host that should be up did not answer in time."""


class NoTimeForComputeHost(ComputeHostUnavailable):
    """A request had no time left in which a compute host could be expected to answer."""


class ComputeHostRefused(NovaExtError):
    """A compute host did not do what it was asked for."""

    def __init__(self, host: str, error: Exception) -> None:
        # Over a message bus, the host's traceback follows the text.
        reason = str(error).partition('\n')[0]
        super().__init__(f'Compute host {host} refused: {reason}')


class NotResponding(NovaExtError):
    """An answer has not come within its time, or cannot be had now."""


class HypervisorNotResponding(NotResponding):
    """What runs the guests of a host, libvirt for example, cannot be asked at all."""
