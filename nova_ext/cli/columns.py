# SPDX-License-Identifier: Apache-2.0
"""Cells that people read in units and programs as the API gives them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Optional

from cliff import columns

from nova_ext.cli import units

if TYPE_CHECKING:
    Column = columns.FormattableColumn[Any]
else:
    Column = columns.FormattableColumn  # older releases of cliff have it without a parameter


class Figure(Column):
    """A value of the API's; null is shown as unknown."""

    _human: Callable[[Any], str] = staticmethod(str)

    def human_readable(self) -> str:
        """The value in its unit."""
        return units.UNKNOWN if self._is_unknown() else self._human(self._value)

    def __lt__(self, other: object) -> bool:
        """Whether it is before another of its column, what is unknown being last.

        Without an order, cliff fails when it shall sort by the column.
        """
        return isinstance(other, Figure) and self._place() < other._place()

    def _is_unknown(self) -> bool:
        return self._value in (None, '')

    def _place(self) -> tuple[bool, Any]:
        if self._is_unknown():
            return True, ''
        return False, str(self._value) if isinstance(self._value, dict) else self._value


class Seconds(Figure):
    """A duration."""

    _human = staticmethod(units.duration)


class Octets(Figure):
    """A number of octets."""

    _human = staticmethod(units.octets)


class Mebibytes(Figure):
    """MiB."""

    _human = staticmethod(units.mebibytes)


class Rate(Figure):
    """Octets per second."""

    _human = staticmethod(units.rate)


class Percent(Figure):
    """A share of one host CPU."""

    _human = staticmethod(units.percent)


class CpuTime(Figure):
    """Nanoseconds of CPU time."""

    _human = staticmethod(units.nanoseconds)


class YesNo(Figure):
    """A truth value."""

    _human = staticmethod(lambda value: 'yes' if value else 'no')


class Memory(Figure):
    """``maximum`` and ``used`` in MiB."""

    @staticmethod
    def _human(value: dict[str, Optional[int]]) -> str:
        used, maximum = value.get('used'), value.get('maximum')
        share = f' ({100 * used / maximum:.0f} %)' if used is not None and maximum else ''
        return f'{units.count(used)} of {units.mebibytes(maximum)}{share}'


class Words(Figure):
    """A list of words."""

    _human = staticmethod(lambda value: ', '.join(value) or units.UNKNOWN)


class Window(Figure):
    """The ``start`` and ``end`` of a maintenance and, from nova-ext 1.2, its ``reason``."""

    @staticmethod
    def _human(value: dict[str, Optional[str]]) -> str:
        start, end, reason = value.get('start'), value.get('end'), value.get('reason')
        words = [*(['from', start] if start else []), *(['to', end] if end else [])]
        return ' '.join([*(words or ['announced']), *([f'({reason})'] if reason else [])])


class Reason(Figure):
    """What the status of a host was judged by."""

    @staticmethod
    def _human(value: dict[str, Any]) -> str:
        why = value.get('disabled_reason')
        words = [
            *(['forced down'] if value.get('forced_down') else []),
            *([f'disabled ({why})' if why else 'disabled'] if value.get('disabled') else []),
            'silent' if value.get('silent') else 'reporting']
        seen = value.get('last_seen_up')
        return ', '.join([*words, *([f'last seen up {seen}'] if seen else [])])


#: Nova's numbers, in OpenStackClient's words.
_POWER_STATES = {
    0: 'NOSTATE', 1: 'Running', 3: 'Paused', 4: 'Shutdown', 6: 'Crashed', 7: 'Suspended'}


class PowerState(Figure):
    """Nova's number of a power state."""

    def human_readable(self) -> str:
        """The state's name."""
        return _POWER_STATES.get(self._value, units.UNKNOWN)


#: How people see what is no plain word or number in a server's diagnostics.
DIAGNOSTICS: dict[str, type[Figure]] = {
    'uptime': Seconds, 'memory_details': Memory, 'config_drive': YesNo, 'guest_agent': YesNo}
