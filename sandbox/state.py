"""What is remembered about the cloud between two commands."""

import dataclasses
import json
import pathlib

from sandbox import hosts, services, settings
from sandbox.config import Environments
from sandbox.contained import containers
from sandbox.debian import services as debian_services
from sandbox.errors import SandboxError
from sandbox.hosts import Host
from sandbox.processes import Service
from sandbox.settings import Options

FILE = settings.CLOUD / 'state.json'


@dataclasses.dataclass(frozen=True)
class State:
    """A cloud that `up` has begun to build, and whether it came to the end."""

    options: Options
    environments: Environments
    ready: bool
    #: What guests run with: ``qemu`` or ``kvm``.
    virt_type: str = 'qemu'

    @property
    def hosts(self) -> list[Host]:
        """All hosts of this cloud."""
        return hosts.all_hosts(self.options.all_hosts)

    @property
    def services(self) -> dict[tuple[str, str], Service]:
        """All services of this cloud by (name, host name)."""
        if self.options.debian:
            return debian_services.all_services(self.options, self.hosts)
        return services.all_services(self.options, self.hosts, self.environments)

    def etc(self, host: Host) -> pathlib.Path:
        """The configuration files of a running host, seen from outside."""
        return host.root / 'etc' if self.options.debian else host.etc

    def instances(self, host: Host) -> pathlib.Path:
        """The instances directory of a running host, seen from outside."""
        if self.options.debian:
            return host.root / 'var/lib/nova/instances'
        shared = self.options.shared_instances
        return settings.SHARED_INSTANCES if shared else host.directory / 'instances'

    def nova_conf(self, host: Host) -> pathlib.Path:
        """What nova-compute of a running host reads, seen from outside."""
        if self.options.contained_on(host.number):
            return containers.configuration(host)
        return self.etc(host) / ('nova/nova.conf' if self.options.debian else 'nova/nova-cpu.conf')

    def site_packages(self) -> pathlib.Path:
        """Where Python finds Nova and nova-ext on the first host, seen from outside."""
        if self.options.debian:
            return self.hosts[0].root / 'usr/lib/python3/dist-packages'
        [found] = self.environments.nova.glob('lib/python3*/site-packages')
        return found

    def service(self, name: str, number: int) -> Service:
        """One service, for a person who may have mistyped its name."""
        host = Host(number)
        try:
            return self.services[name, host.name]
        except KeyError:
            known = sorted(service for service, where in self.services if where == host.name)
            raise SandboxError(
                f'There is no {name} on host {number}. It has: {", ".join(known) or "nothing"}.'
            ) from None

    def save(self) -> None:
        """Write it down."""
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text(json.dumps(dataclasses.asdict(self), indent=1, default=str))


def load() -> State | None:
    """The cloud of this checkout; None when `up` was never asked for one."""
    if not FILE.exists():
        return None
    found = json.loads(FILE.read_text())
    folders = {name: pathlib.Path(path) for name, path in found['environments'].items()
               if path is not None}
    return State(
        Options(**found['options']), Environments(**folders), found['ready'], found['virt_type'])


def require() -> State:
    """The running cloud, for commands that need one."""
    found = load()
    if found is None or not found.ready:
        raise SandboxError('No cloud is up; start one with `sandbox/stack up`.')
    return found
