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

    def hypervisors() -> bool:
        listed = cloud.get('compute', '/os-hypervisors')['hypervisors']
        return {found['hypervisor_hostname'] for found in listed
                if found['state'] == 'up'} >= wanted

    def providers() -> bool:
        # Without one the scheduler finds no host; nova-compute tries again every minute.
        listed = cloud.get('placement', '/resource_providers')['resource_providers']
        return {found['name'] for found in listed} >= wanted

    wait_for(f'hypervisors {sorted(wanted)} up and mapped to the cell', hypervisors)
    wait_for(f'Open vSwitch agents of {sorted(wanted)} alive', agents)
    wait_for(f'resource providers of {sorted(wanted)}', providers)
