# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: S608 - no name or expression in a statement comes from outside
"""Invented compute hosts and servers by the thousand, in the databases of the running cloud.

They are copies of real rows: those of a guest that is booted for it and of the host it ran on,
with names, UUIDs and times of their own. They exist in Nova's databases only: Placement, and so
the scheduler, does not know the hosts, Neutron has no ports for the servers, and no message
reaches any of them. At the end everything is removed but what the first server of a cloud leaves
for good (its project's security group, numbers for its image). By hand::

    sandbox/stack exec --net .sandbox/venvs/test/bin/python -m sandbox.client.filled
"""

from __future__ import annotations

import argparse
import signal
import time

from sandbox.client import databases
from sandbox.client.api import Api
from sandbox.client.databases import API, CELL, CELLS, UUID_PREFIX
from sandbox.client.guest import Guest

HOST_PREFIX = 'filled-'
#: The guest whose rows are copied. Its own stay, deleted, for as long as the copies.
TEMPLATE = 'filled-template'

#: What a server consists of in its cell, beside its row in `instances`, which comes first.
PARTS = (
    'instance_extra', 'instance_info_caches', 'instance_system_metadata', 'instance_metadata',
    'block_device_mapping', 'security_group_instance_association')
MAPPINGS = ('instance_mappings', 'request_specs')

_NUMBERED = "CONCAT('{prefix}', LPAD({number}, {width}, '0'))"
#: The UUID of server number `seq`, wherever it is mentioned.
_SERVER = databases.invented_uuid("MD5(CONCAT('server', seq))")


class Filled:
    """The running cloud with invented hosts and servers until the end of the ``with``.

    What an earlier run has left is removed at the beginning. Servers are spread evenly over the
    invented hosts; server ``n`` is on host ``n % hosts`` and was created ``n`` seconds before the
    guest that it is a copy of.
    """

    def __init__(self, api: Api, *, hypervisors: int, servers: int) -> None:
        """Prepare; nothing is written before ``fill()`` or the ``with``.

        :param api: as an administrator
        :param hypervisors: how many compute hosts to invent, of one hypervisor each
        :param servers: how many servers to invent
        """
        self.hosts = hypervisors
        self.servers = servers
        self._api = api
        self._width = max(4, len(str(hypervisors - 1)))
        self._db = databases.Databases()

    def __enter__(self) -> Filled:
        """Fill."""
        self.fill()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove every invented row."""
        self.clean()

    def fill(self) -> None:
        """Invent the hosts and servers, in place of all that were invented before.

        When that fails nothing invented is left.
        """
        self.clean()
        try:
            guest = Guest.boot(self._api, host=1, name=TEMPLATE, wait=False,
                               metadata={'copied': 'yes'})
            guest.wait_status('ACTIVE')
            self._copy_host('stack1')
            self._copy_server(guest.id)
            guest.delete()
            self._db.analyze(CELL, ('instances', 'services', 'compute_nodes', *PARTS))
            self._db.analyze(API, ('host_mappings', *MAPPINGS))
            self.refresh()
        except BaseException:
            self.clean()
            raise

    def refresh(self, down: float = 0.0) -> None:
        """Let all invented hosts have reported just now; nova counts them as up for 10 s.

        :param down: the fraction of them, first by number, that an operator has forced down
        """
        self._db.run(
            'UPDATE services SET last_seen_up = UTC_TIMESTAMP(), updated_at = UTC_TIMESTAMP(), '
            f'forced_down = CAST(SUBSTR(host, {len(HOST_PREFIX) + 1}) AS UNSIGNED) < :down '
            'WHERE host LIKE :host', down=round(down * self.hosts), host=f'{HOST_PREFIX}%')

    def clean(self) -> None:
        """Remove every invented row, and every row of the guest they were copied from."""
        for database in (API, *CELLS):
            for table in sorted({*MAPPINGS, *PARTS} & self._db.tables_with(
                    'instance_uuid', database)):
                self._db.run(f'DELETE FROM {table} WHERE instance_uuid LIKE :uuid', database,
                             uuid=f'{UUID_PREFIX}%')
        for database in CELLS:
            self._db.run('DELETE FROM instances WHERE uuid LIKE :uuid', database,
                         uuid=f'{UUID_PREFIX}%')
        for database, table in ((API, 'host_mappings'), (CELL, 'compute_nodes'),
                                (CELL, 'services')):
            self._db.run(f'DELETE FROM {table} WHERE host LIKE :host', database,
                         host=f'{HOST_PREFIX}%')
        for uuid in self._delete_templates():  # last: this alone needs the API
            self._db.forget_server(uuid)

    def _copy_host(self, host: str) -> None:
        """Multiply what Nova knows about a real host, which copies of its guests will be on."""
        name = self._host('seq')
        of_service = f"FROM services WHERE host = {name} AND `binary` = 'nova-compute')"
        for database, table, where, changes in (
                (API, 'host_mappings', '', {}),
                (CELL, 'services', "AND t.`binary` = 'nova-compute'", {}),
                (CELL, 'compute_nodes', '', {
                    'hypervisor_hostname': name,
                    'service_id': f'IF(t.service_id IS NULL, NULL, (SELECT id {of_service})'})):
            self._db.multiply(database, table, f't.host = :original {where}', host, self.hosts,
                              {'host': name, **changes})

    def _copy_server(self, uuid: str) -> None:
        """Multiply a real server."""
        host = self._host(f'seq MOD {self.hosts}')
        name = "CONCAT('filled-server-', seq)"
        self._db.multiply(CELL, 'instances', 't.uuid = :original', uuid, self.servers, {
            'uuid': _SERVER, 'host': host, 'node': host, 'launched_on': host,
            'compute_id': f'(SELECT id FROM compute_nodes WHERE host = {host} AND deleted = 0)',
            'display_name': name, 'hostname': name,
            'created_at': 't.created_at - INTERVAL seq SECOND'})
        for database, tables in ((CELL, PARTS), (API, MAPPINGS)):
            known = self._db.tables_with('instance_uuid', database)
            for table in tables:
                if table in known:
                    self._db.multiply(database, table, 't.instance_uuid = :original', uuid,
                                      self.servers, {'instance_uuid': _SERVER})

    def _delete_templates(self) -> list[str]:
        """Delete the guests whose rows were copied; return the UUIDs of all that ever were."""
        found = {}
        for database in CELLS:
            found.update(dict(self._db.rows(
                f'SELECT uuid, deleted FROM {database}.instances '
                'WHERE display_name = :name', name=TEMPLATE)))
        for uuid, deleted in found.items():
            if not deleted:
                Guest(self._api, uuid).delete()
        return list(found)

    def _host(self, number: str) -> str:
        """The expression for the name of the invented host of that number."""
        return _NUMBERED.format(prefix=HOST_PREFIX, number=number, width=self._width)

def main() -> None:
    """Fill, wait for Ctrl-C or SIGTERM while the hosts go on reporting, and clean."""
    parser = argparse.ArgumentParser(prog='python -m sandbox.client.filled',
                                     description='Fill the running cloud and wait.')
    parser.add_argument('--hypervisors', type=int, default=1000)
    parser.add_argument('--servers', type=int, default=10000)
    parser.add_argument('--keep', action='store_true', help='end at once and leave it filled')
    parser.add_argument('--clean', action='store_true', help='remove what is there and end')
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    filled = Filled(Api(), hypervisors=options.hypervisors, servers=options.servers)
    if options.clean:
        filled.clean()
        return
    began = time.monotonic()
    filled.fill()
    print(f'{filled.hosts} hosts and {filled.servers} servers, '
          f'{time.monotonic() - began:.0f} s', flush=True)
    if options.keep:
        return
    try:
        while True:
            filled.refresh()
            time.sleep(3)
    except KeyboardInterrupt:
        pass
    finally:
        filled.clean()


if __name__ == '__main__':
    main()
