"""Waits until cinder makes volumes."""

from sandbox.populate.api import Cloud, wait_for


def run(cloud: Cloud) -> None:
    """Wait until cinder's scheduler knows a pool with room in it."""

    def room() -> bool:
        pools = cloud.get('volume', '/scheduler-stats/get_pools?detail=true')['pools']
        return any(pool['capabilities']['free_capacity_gb'] > 0 for pool in pools)

    wait_for('a pool for volumes', room)
