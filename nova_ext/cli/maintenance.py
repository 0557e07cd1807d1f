# SPDX-License-Identifier: Apache-2.0
"""Announcing the maintenance of a host: one aggregate for each host, which these commands keep.

The aggregate is without an availability zone. Aggregates that an operator has made are read, and
never changed.
"""

from __future__ import annotations

import datetime
from typing import Optional

from nova_ext.cli import aggregates, announcements, client, exceptions, times

#: The name of a host's aggregate, before the name of the host.
PREFIX = 'nova-ext-maintenance-'

#: As long as a value of an aggregate's metadata may be.
_MAX_REASON = 255


class Maintenance:
    """Sets, takes back and lists announcements.

    Every method raises :class:`nova_ext.cli.exceptions.ClientError` when it fails, and then names
    what it could not undo.
    """

    def __init__(self, nova_ext: client.Client) -> None:
        """Prepare; nothing is asked."""
        self._nova_ext = nova_ext
        self._aggregates = aggregates.Aggregates(nova_ext.transport)

    def list_all(self) -> list[announcements.Announcement]:
        """All that is announced, by the aggregates' ids."""
        return list(announcements.read(self._aggregates.list()))

    def announce(self, host: str, start: str, end: str, reason: Optional[str] = None) -> None:
        """Announce maintenance for a host, in place of what was set for it before.

        :param host: the name of its compute service
        :param start: ISO 8601 with a zone
        :param end: the same, later
        :param reason: why; None: nothing is said
        """
        metadata = _metadata(start, end, reason)
        self._nova_ext.require('hypervisor maintenance set', '1.1')
        found = self._aggregates.list()
        ours = _ours(found, host)
        self._check_others(found, host, ours)
        if ours is None:
            aggregate_id = self._aggregates.create(PREFIX + host)
        else:
            aggregate_id = ours['id']
        if ours and host in ours['hosts']:
            self._aggregates.set_metadata(aggregate_id, metadata)
            return
        try:
            self._aggregates.set_metadata(aggregate_id, metadata)
            # Last: by that it is announced.
            self._aggregates.add_host(aggregate_id, host)
        except exceptions.ClientError as error:
            self._undo(aggregate_id, host, error, made=ours is None)
            raise

    def take_back(self, host: str) -> Optional[str]:
        """Take back what was set for a host; nothing is done when nothing was.

        :returns: why the aggregate was not deleted, in words for the person; None: it was
        """
        found = self._aggregates.list()
        ours = _ours(found, host)
        kept = None if ours is None else self._remove(ours, host)
        for other in _of_others(found, host, ours):
            raise exceptions.ClientError(
                f"The aggregate '{other.aggregate}' announces maintenance of {host} "
                f'({other.describe()}), which no command of nova-ext has set: take it back there, '
                f'with `openstack aggregate unset --property {announcements.KEY} '
                f'{other.aggregate_id}`.')
        return kept

    def _check_others(
            self, found: list[aggregates.Body], host: str,
            ours: Optional[aggregates.Body]) -> None:
        """Return when an announcement is the only one for a host, and for no other.

        The API shows the one that begins first, so that another might never be seen.
        """
        for other in _of_others(found, host, ours):
            raise exceptions.ClientError(
                f"The aggregate '{other.aggregate}' announces maintenance of {host} already "
                f'({other.describe()}): take that back first, with `openstack aggregate unset '
                f'--property {announcements.KEY} {other.aggregate_id}`.')
        others = sorted({*ours['hosts']} - {host}) if ours else []
        if others:
            raise exceptions.ClientError(
                f"The aggregate '{PREFIX}{host}' has other hosts ({', '.join(others)}), for which "
                'this would be announced, too: remove them first.')

    def _remove(self, ours: aggregates.Body, host: str) -> Optional[str]:
        """Take a host out of its aggregate, and delete that if it is for nothing else.

        :returns: why it is not deleted
        """
        others = sorted({*ours['hosts']} - {host})
        if host in ours['hosts'] and not self._remove_if_there(ours['id'], host):
            # Somebody was faster, or Nova does not know the host any more: it stays in there.
            if others:
                raise exceptions.ClientError(
                    f"Nova does not find {host} in the aggregate '{ours['name']}', which was left "
                    f'as it is because it is for {", ".join(others)}, too.')
            self._silence(ours)
        properties = sorted({*ours['metadata']} - {announcements.KEY, announcements.REASON_KEY})
        if properties and not others:
            self._silence(ours)
        if others or properties:
            given = ', '.join([*others, *properties])
            return f"The aggregate '{ours['name']}' stays: somebody has given it {given}."
        try:
            self._aggregates.delete(ours['id'])
        except exceptions.Refused as error:
            if error.status != 404:  # somebody else has deleted it meanwhile
                raise exceptions.ClientError(
                    f"Nothing is announced for {host} any more, but the aggregate "
                    f"'{ours['name']}' could not be deleted: {error}") from error
        return None

    def _undo(self, aggregate_id: int, host: str, reason: exceptions.ClientError, *,
              made: bool) -> None:
        """Leave the aggregate of a host as it was before nothing could be announced.

        :param reason: why not
        :param made: whether there was none
        :raises nova_ext.cli.exceptions.ClientError: that did not work either
        """
        try:
            if not isinstance(reason, exceptions.Refused):  # it may have been done all the same
                self._remove_if_there(aggregate_id, host)
            if made:
                self._aggregates.delete(aggregate_id)
        except exceptions.ClientError as error:
            raise exceptions.ClientError(
                f"{reason} The aggregate '{PREFIX}{host}' ({aggregate_id}) was left behind: "
                f'{error}') from reason

    def _silence(self, aggregate: aggregates.Body) -> None:
        """Have an aggregate announce nothing, if it is still there."""
        try:
            self._aggregates.set_metadata(
                aggregate['id'], {announcements.KEY: None, announcements.REASON_KEY: None})
        except exceptions.Refused as error:
            if error.status != 404:
                raise

    def _remove_if_there(self, aggregate_id: int, host: str) -> bool:
        """Remove a host from an aggregate, and return whether it was there."""
        try:
            self._aggregates.remove_host(aggregate_id, host)
        except exceptions.Refused as error:
            if error.status != 404:
                raise
            return False
        return True


def _metadata(start: str, end: str, reason: Optional[str]) -> dict[str, Optional[str]]:
    """What the aggregate of a host has to say.

    :raises nova_ext.cli.exceptions.ClientError: an argument will not do
    """
    begins, ends = times.parse_option('--start', start), times.parse_option('--end', end)
    if ends <= begins:
        raise exceptions.ClientError(
            f'--end {times.show(ends)} is not after --start {times.show(begins)}.')
    if ends <= datetime.datetime.now(times.UTC):
        raise exceptions.ClientError(
            f'--end {times.show(ends)} has passed: such maintenance would be over.')
    if reason and len(reason) > _MAX_REASON:
        raise exceptions.ClientError(
            f'--reason has {len(reason)} characters; {_MAX_REASON} fit.')
    return {announcements.KEY: announcements.value(begins, ends),
            announcements.REASON_KEY: reason or None}


def _ours(found: list[aggregates.Body], host: str) -> Optional[aggregates.Body]:
    """The aggregate that was made for a host."""
    return next((one for one in found if one['name'] == PREFIX + host), None)


def _of_others(
        found: list[aggregates.Body], host: str,
        ours: Optional[aggregates.Body]) -> list[announcements.Announcement]:
    """What other aggregates announce for a host, unless it is over."""
    now = datetime.datetime.now(times.UTC)
    return [one for one in announcements.read(found)
            if one.host == host and (ours is None or one.aggregate_id != ours['id'])
            and one.state(now) != 'over']
