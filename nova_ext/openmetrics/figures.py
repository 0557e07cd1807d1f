# SPDX-License-Identifier: Apache-2.0
"""Which metric families there are of servers, by Prometheus's conventions for names and units.

Rates and utilisation are none of them: whoever keeps counters has them for any window.
"""

from __future__ import annotations

from typing import NamedTuple

COUNTER, GAUGE, INFO = 'counter', 'gauge', 'info'

_MIB = 1024 * 1024
_NS = 1_000_000_000


class Family(NamedTuple):
    """A metric family as OpenMetrics has it."""

    #: Without the suffix of its samples (``_total``, ``_info``).
    name: str
    kind: str
    documentation: str
    #: The last part of the name, where there is one.
    unit: str = ''

    @property
    def sample(self) -> str:
        """The name of its samples."""
        return self.name + {COUNTER: '_total', INFO: '_info'}.get(self.kind, '')


class Figure(NamedTuple):
    """A number of an entry, of its memory or of a device, and the family that it goes into."""

    #: In the API's answer.
    key: str
    family: Family
    #: One of the family's units is ``divisor / factor`` of the API's.
    factor: int = 1
    divisor: int = 1


def _counter(key: str, name: str, documentation: str, unit: str = '', divisor: int = 1) -> Figure:
    return Figure(key, Family(f'nova_server_{name}', COUNTER, documentation, unit), 1, divisor)


def _gauge(key: str, name: str, documentation: str, unit: str = '', factor: int = 1) -> Figure:
    return Figure(key, Family(f'nova_server_{name}', GAUGE, documentation, unit), factor)


INFORMATION = Family(
    'nova_server', INFO, 'What runs the server, and whether it has a configuration drive.')
STATE = Family(
    'nova_server_state', GAUGE, 'The state that the server is in, and why; always 1.')
UP = Family('nova_server_up', GAUGE, 'Whether the server is running.')
NIC = Family('nova_server_network', INFO, 'Which port and network a NIC belongs to.')
DISK = Family('nova_server_disk', INFO, 'What a disk is.')

#: Of the server itself.
SERVER = (
    _gauge('responding', 'responding', 'Whether the hypervisor answered about the server.'),
    _gauge('guest_agent', 'guest_agent_up', 'Whether the guest agent answers.'),
    _gauge('uptime', 'uptime_seconds', 'Time since the server was last started.', 'seconds'),
    _gauge('num_cpus', 'cpus', 'Number of vCPUs.'),
    _gauge('num_nics', 'nics', 'Number of NICs.'),
    _gauge('num_disks', 'disks', 'Number of disks, CD-ROM drives included.'),
)

MEMORY = (
    _gauge('maximum', 'memory_maximum_bytes', 'Memory that the server was given.', 'bytes', _MIB),
    _gauge('used', 'memory_used_bytes', 'Memory in use, as the guest itself counts it.', 'bytes',
           _MIB),
)

CPUS = (
    _counter('time', 'cpu_seconds', 'CPU time that a vCPU has used.', 'seconds', _NS),
    _counter('wait', 'cpu_wait_seconds', "Time that a vCPU was ready to run and waited, by the "
             "host's scheduler statistics.", 'seconds', _NS),
    _counter('delay', 'cpu_delay_seconds', 'Time that a vCPU was ready to run and waited: what '
             'the guest sees as steal time.', 'seconds', _NS),
)

NICS = tuple(
    _counter(f'{way}_{key}', f'network_{word}_{name}', documentation, unit)
    for way, word, past in (('rx', 'receive', 'received'), ('tx', 'transmit', 'sent'))
    for key, name, documentation, unit in (
        ('octets', 'bytes', f'Bytes that the guest {past}.', 'bytes'),
        ('packets', 'packets', f'Packets that the guest {past}.', ''),
        ('errors', 'errors', f'Errors with packets that the guest {past}.', ''),
        ('drop', 'dropped_packets', f'Packets to be {past} that were dropped.', '')))

DISKS = (
    _counter('read_bytes', 'disk_read_bytes', 'Bytes read.', 'bytes'),
    _counter('read_requests', 'disk_read_requests', 'Read requests.'),
    _counter('read_time', 'disk_read_time_seconds', 'Time that read requests took, all of them '
             'together.', 'seconds', _NS),
    _counter('write_bytes', 'disk_written_bytes', 'Bytes written.', 'bytes'),
    _counter('write_requests', 'disk_write_requests', 'Write requests.'),
    _counter('write_time', 'disk_write_time_seconds', 'Time that write requests took, all of '
             'them together.', 'seconds', _NS),
    _counter('flush_requests', 'disk_flush_requests', 'Requests to write what is cached.'),
    _counter('flush_time', 'disk_flush_time_seconds', 'Time that these took, all of them '
             'together.', 'seconds', _NS),
    _counter('errors_count', 'disk_errors', 'I/O errors, where the hypervisor counts them.'),
)

#: Of a host, by the keys of ``host_failures``.
HOST_FAILURES = (
    Figure('console_log', Family(
        'nova_host_console_log_failures', COUNTER, 'How often a console log was not kept, sent '
        'after its server or counted, since the start of nova-compute.')),
    Figure('metadata', Family(
        'nova_host_metadata_failures', COUNTER, 'How often the metadata of a server in the '
        'hypervisor could not be refreshed, since the start of nova-compute.')),
)

HOST_RESPONDING = Family(
    'nova_host_responding', GAUGE, 'Whether the host answered about its servers.')
CELL_RESPONDING = Family(
    'nova_cell_responding', GAUGE, 'Whether the database of a cell answered.')

#: Every family, in the order in which they are written.
FAMILIES = (
    INFORMATION, STATE, UP, *(figure.family for figure in (*SERVER, *MEMORY, *CPUS)),
    NIC, *(figure.family for figure in NICS), DISK, *(figure.family for figure in DISKS),
    *(figure.family for figure in HOST_FAILURES), HOST_RESPONDING, CELL_RESPONDING)
