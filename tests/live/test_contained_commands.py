# SPDX-License-Identifier: Apache-2.0
"""nova-ext-status and nova-ext-setup inside and outside of a container with nova-compute."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from sandbox import state
from sandbox.contained import containers
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.container import NOVA_CONF, ContainedHost

pytestmark = pytest.mark.contained_cloud

PLAIN, RECOMMENDED = PLUGIN_HOST, OTHER_PLUGIN_HOST


@pytest.fixture(scope='module', params=[PLAIN, RECOMMENDED], ids=['plain', 'recommended'])
def host(request: pytest.FixtureRequest, cloud: state.State) -> ContainedHost:
    if not cloud.options.contained:
        pytest.skip('NOVA-COMPUTE IS IN NO CONTAINER: start the cloud with --contained.')
    return ContainedHost(request.param)


def is_plain(host: ContainedHost) -> bool:
    return host.number == PLAIN


def upgrade_check(printed: str) -> dict[str, dict[str, Any]]:
    """The checks of ``nova-ext-status upgrade check --json`` by name."""
    return {check['check']: check for check in json.loads(printed)['checks']}


def test_status_inside_tells_what_the_container_lacks(host: ContainedHost) -> None:
    done = host.try_inside('root', 'nova-ext-status', 'upgrade', 'check', '--json')
    checks = upgrade_check(done.stdout)
    assert done.returncode == int(is_plain(host)), checks
    assert NOVA_CONF in checks['Compute driver']['details']
    text = json.dumps(checks)
    assert 'has loaded nova_ext.LibvirtDriver' in text
    assert ('cannot be determined from here' in checks['virtlogd']['details']) is is_plain(host)
    if not is_plain(host):
        assert checks['virtlogd']['details'] == (
            'virtlogd keeps 131072 bytes and 3 older files of each console log')
    for name, check in checks.items():
        assert name == 'virtlogd' or check['result'] in ('Success', 0), checks


def test_status_outside_tells_that_the_service_is_in_a_container(
        cloud: state.State, host: ContainedHost) -> None:
    done = host.try_outside(
        str(cloud.environments.nova / 'bin/nova-ext-status'), 'upgrade', 'check', '--json')
    # The first has nova-api beside it, with which all is well.
    assert host.number == PLUGIN_HOST or done.returncode == 1, done
    text = json.dumps(upgrade_check(done.stdout))
    for wrong in ('no compute host', 'No process', 'nova-compute does not run'):
        assert wrong not in text
    assert re.search(r'nova-compute \(process \d+\) runs in a container, which was not looked '
                     r'into: run this inside of it', text), text


def test_setup_inside_changes_nothing_that_is_copied_anew(host: ContainedHost) -> None:
    before = host.run_inside('root', 'cat', NOVA_CONF)
    done = host.try_inside('root', 'nova-ext-setup', 'disable', 'compute')
    assert done.returncode
    assert f'copies its configuration from {containers.SOURCE} at each start' in ' '.join(
        done.stderr.split())
    assert host.run_inside('root', 'cat', NOVA_CONF) == before
