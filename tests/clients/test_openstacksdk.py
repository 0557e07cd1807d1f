# SPDX-License-Identifier: Apache-2.0
"""What the user guide says of openstacksdk, run as it stands there."""

from __future__ import annotations

import subprocess

from tests.clients.conftest import TIMEOUT, Clients, Cloud
from tools.documentation import blocks

PAGE = blocks.SOURCES / 'user/programs.rst'

WITH_CLIENT, WITH_HEADER = (
    block.text for block in blocks.find(PAGE, PAGE.read_text()) if block.language == 'python')

#: What the models have of nova-ext's answers, and what they do not know.
MODELS = """
[up, disabled, gone] = cloud.compute.hypervisors(details=True)
assert (up.state, up.status) == ('up', 'enabled')
assert disabled.service_details['disabled_reason'] == 'new fans'
assert gone.status is None and gone.service_details is None
assert 'forced_down' not in up.to_dict()
"""

TWO_SERVICES = """
import openstack
cloud = openstack.connect(compute_default_microversion='2.96, nova-ext 1.1')
try:
    list(cloud.compute.servers())
except TypeError as error:
    print('TypeError')
"""


def run(clients: Clients, program: str) -> list[str]:
    """Run a program in the environment and return the lines that it prints."""
    done = subprocess.run(
        [str(clients.venv / 'bin/python'), '-c', program], env=clients.environment, cwd='/',
        capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_client_of_nova_ext_takes_a_connection(clients: Clients) -> None:
    printed = run(clients, f'{WITH_CLIENT}\nprint(servers, [h["id"] for h in hypervisors])')
    memory, *servers, last = printed
    assert memory == "{'maximum': 512, 'used': 256}"
    assert sorted(servers) == [f'{name} True {memory}' for name in ('other', 'web1')]
    assert last.startswith("[] ['")  # the hypervisor that has lost its service is down


def test_header_is_sent_beside_the_compute_version(clients: Clients, cloud: Cloud) -> None:
    cloud.api.requests.clear()
    printed = run(clients, WITH_HEADER + MODELS)
    assert 'web1 NEEDS_MAINTENANCE' in printed
    assert ("web1 {'start': '2036-12-01T02:00:00Z', 'end': '2036-12-01T06:00:00Z'}"
            in printed)
    versions = {request.version for request in cloud.api.requests if request.path != '/'}
    assert versions == {'nova-ext 1.1'}


def test_two_services_in_default_microversion_are_a_type_error(clients: Clients) -> None:
    assert run(clients, TWO_SERVICES) == ['TypeError']
