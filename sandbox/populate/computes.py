"""Waits until every compute host takes servers."""

from sandbox.populate.api import Cloud, wait_for


def run(cloud: Cloud, *names: str) -> None:
    """Wait until these hosts take servers.

    Their agents are alive, and their hypervisors up, in the cell and known to placement.
    """
    wanted = set(names)

    def agents() -> bool:
        listed = cloud.get('network', '/v2.0/agents?binary=neutron-openvswitch-agent')['agents']
        return {agent['host'] for agent in listed if agent['alive']} >= wanted

    def hypervisors() -> dict[str, str]:
        listed = cloud.get('compute', '/os-hypervisors/detail')['hypervisors']
        return {found['service']['host']: found['hypervisor_hostname'] for found in listed
                if found['state'] == 'up'}

    def providers() -> bool:
        # Without one the scheduler finds no host; nova-compute tries again every minute.
        listed = cloud.get('placement', '/resource_providers')['resource_providers']
        # Not all drivers call what runs the guests as the host.
        return {found['name'] for found in listed} >= set(hypervisors().values())

    wait_for(f'hypervisors {sorted(wanted)} up and mapped to the cell',
             lambda: set(hypervisors()) >= wanted)
    wait_for(f'Open vSwitch agents of {sorted(wanted)} alive', agents)
    wait_for(f'resource providers of {sorted(wanted)}', providers)
