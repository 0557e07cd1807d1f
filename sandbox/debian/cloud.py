"""Brings up the hosts of a cloud of Debian's packages, and nova-ext on them as its page says."""

from sandbox.debian import config, first_time, plugin, roots
from sandbox.debian.config import ENVIRONMENTS
from sandbox.hosts import Host
from sandbox.state import State
from sandbox.steps import Progress, Step

__all__ = ['ENVIRONMENTS', 'create', 'install', 'plugin_steps']

install = plugin.install


def create(cloud: State, progress: Progress) -> None:
    """Start the hosts, with all that their services need to be started."""
    controller = first_time.layer(progress)
    compute = controller[-1:]
    with progress.during('packages of nova-ext'):
        plugin.built()
    for host in cloud.hosts:
        with progress.during(f'host {host.name}'):
            is_controller = host.number == 1
            roots.start(host, cloud.hosts, controller if is_controller else compute)
            if not is_controller:
                config.write_host(host, cloud.options, cloud.virt_type)


def plugin_steps(cloud: State) -> list[Step]:
    """The steps that install and enable nova-ext on the hosts that are to have it."""
    def step(host: Host) -> Step:
        return Step(f'nova-ext on {host.name}', lambda: plugin.enable(host))

    return [step(host) for host in cloud.hosts if cloud.options.plugin_on(host.number)]
