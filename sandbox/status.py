"""What runs, since when it answers, and what a test needs to know about it."""

import dataclasses
import json
import os
import pathlib
from typing import Any

from sandbox import checks, settings, state
from sandbox.debian import layers
from sandbox.hosts import Host
from sandbox.state import State

GUESTS = 'guests'
OTHERS = 'others'
# API: its port and a path that needs no token
PROBES = {
    'keystone': (settings.KEYSTONE_PORT, '/v3'),
    'glance': (settings.GLANCE_PORT, '/'),
    'placement': (settings.PLACEMENT_PORT, '/'),
    'neutron': (settings.NEUTRON_PORT, '/'),
    'nova': (settings.NOVA_PORT, '/'),
    'nova_stock': (settings.NOVA_STOCK_PORT, '/'),
    'cinder': (settings.CINDER_PORT, '/'),
    'ironic': (settings.IRONIC_PORT, '/'),
}


def show(*, as_json: bool) -> int:
    """Print the state of the cloud; the exit code is 0 when all of it is up."""
    cloud = state.load()
    if cloud is None:
        print(json.dumps({'up': False}) if as_json else 'No cloud is up.')
        return 1
    found = collect(cloud)
    if as_json:
        print(json.dumps(found, indent=1))
    else:
        _print(found)
    return 0 if found['up'] else 1


def collect(cloud: State) -> dict[str, Any]:
    """Everything about the cloud, as `status --json` prints it."""
    hosts = [_host(cloud, host) for host in cloud.hosts]
    apis = _answers(cloud)
    return {
        'up': cloud.ready and all(apis.values()) and all(
            host['anchor_pid'] and all(service['up'] for service in host['services'].values())
            for host in hosts),
        'ready': cloud.ready,
        'state_dir': str(settings.STATE),
        'options': dataclasses.asdict(cloud.options),
        'nova_version': _nova_version(cloud),
        'virt_type': cloud.virt_type,
        'environments': {name: str(path) for name, path
                         in dataclasses.asdict(cloud.environments).items() if path},
        'endpoints': {name: url for name, url in settings.ENDPOINTS.items()
                      if name not in cloud.options.absent},
        'apis': apis,
        'credentials': {persona: settings.client_environment(persona)
                        for persona in settings.PERSONAS},
        'hosts': hosts,
    }


def _nova_version(cloud: State) -> str:
    if cloud.options.debian:
        return layers.nova_version()
    return cloud.environments.stock.name.removeprefix('nova-')


def _answers(cloud: State) -> dict[str, bool]:
    controller = cloud.hosts[0]
    probes = {name: probe for name, probe in PROBES.items()
              if name not in cloud.options.absent}
    if controller.anchor() is None:
        return dict.fromkeys(probes, False)
    return {name: (checks.http_status(controller, *probe) or 500) < 500
            for name, probe in probes.items()}


def _host(cloud: State, host: Host) -> dict[str, Any]:
    anchor = host.anchor()
    memory = _memory(cloud, host, anchor) if anchor else {}
    return {
        'name': host.name,
        'number': host.number,
        'ip': host.ip,
        'anchor_pid': anchor,
        'plugin': cloud.options.plugin_on(host.number),
        'instances_path': ('/var/lib/nova/instances' if cloud.options.debian
                           else str(settings.LOCAL / 'instances')),
        'instances_path_outside': str(cloud.instances(host)) if anchor else None,
        'etc_dir': str(cloud.etc(host)) if anchor else None,
        'log_dir': str(host.log_dir),
        'memory_mib': memory,
        'services': {
            service.name: {
                'pid': service.pid(), 'up': service.pid() is not None, 'log': str(service.log),
                'memory_mib': memory.get(service.name, 0),
            }
            for (_, where), service in cloud.services.items() if where == host.name
        },
    }


def _memory(cloud: State, host: Host, anchor: int) -> dict[str, int]:
    """MiB of memory (shared pages divided among their users) by service; guests apart."""
    leaders = {service.pid(): service.name for (_, where), service in cloud.services.items()
               if where == host.name}
    namespace = os.readlink(f'/proc/{anchor}/ns/pid')
    total: dict[str, int] = {}
    for entry in pathlib.Path('/proc').iterdir():
        try:
            if not entry.name.isdigit() or os.readlink(entry / 'ns/pid') != namespace:
                continue
            session = int((entry / 'stat').read_text().rpartition(')')[2].split()[3])
            is_guest = (entry / 'comm').read_text().startswith('qemu-system')
            name = GUESTS if is_guest else leaders.get(session, OTHERS)
            total[name] = total.get(name, 0) + _proportional_kib(entry)
        except OSError:
            continue  # it ended meanwhile
    return {name: kib // 1024 for name, kib in total.items()}


def _proportional_kib(process: pathlib.Path) -> int:
    for line in (process / 'smaps_rollup').read_text().splitlines():
        if line.startswith('Pss:'):
            return int(line.split()[1])
    return 0


def _print(found: dict[str, Any]) -> None:
    options = ', '.join(f'{key}={value}' for key, value in found['options'].items() if value)
    print(f'Cloud of {found["state_dir"]}: {options or "default options"}; '
          f'the guests run with {found["virt_type"]}')
    for host in found['hosts']:
        state_word = f'pid {host["anchor_pid"]}' if host['anchor_pid'] else 'DOWN'
        plugin = 'with the plugin' if host['plugin'] else 'without the plugin'
        print(f'\n{host["name"]} {host["ip"]} ({state_word}, {plugin}, '
              f'{sum(host["memory_mib"].values())} MiB)')
        for name, service in host['services'].items():
            pid = service['pid'] or 'DOWN'
            print(f'  {name:18} {pid:>8} {service["memory_mib"]:6} MiB  {service["log"]}')
        for name in (GUESTS, OTHERS):
            print(f'  {name:18} {"":8} {host["memory_mib"].get(name, 0):6} MiB')
    print()
    for name, answers in found['apis'].items():
        print(f'{name:12} {"answers" if answers else "DOES NOT ANSWER":16} '
              f'{found["endpoints"][name]}')
