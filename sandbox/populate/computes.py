"""Waits until every compute host takes servers."""

from sandbox.populate.api import Cloud, wait_for


def run(cloud: Cloud, *names: str) -> None:
    """Wait until these hosts' agents are alive, and their hypervisors up and in the cell."""
    wanted = set(names)

    def agents() -> bool:
        listed = cloud.get('network', '/v2.0/agents?binary=neutron-openvswitch-agent')['agents']
        return {agent['host'] for agent in listed if agent['alive']} >= wanted

    def hypervisors() -> bool:
        listed = cloud.get('compute', '/os-hypervisors')['hypervisors']
        return {found['hypervisor_hostname'] for found in listed
                if found['state'] == 'up'} >= wanted

    wait_for(f'hypervisors {sorted(wanted)} up and mapped to the cell', hypervisors)
    wait_for(f'Open vSwitch agents of {sorted(wanted)} alive', agents)
