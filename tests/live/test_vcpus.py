# SPDX-License-Identifier: Apache-2.0
"""Diagnostics of a guest some of whose vCPUs are not plugged in.

The independent check is the QEMU process: its threads are named after the vCPUs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from lxml import etree

from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests.live.conftest import PLUGIN_HOST

pytestmark = pytest.mark.slow

#: Of four vCPUs, the first and the third are plugged in.
VCPUS = """
<vcpus>
  <vcpu id='0' enabled='yes' hotpluggable='no' order='1'/>
  <vcpu id='1' enabled='no' hotpluggable='yes'/>
  <vcpu id='2' enabled='yes' hotpluggable='yes' order='2'/>
  <vcpu id='3' enabled='no' hotpluggable='yes'/>
</vcpus>"""


@pytest.fixture
def guest(boot: Callable[..., Guest]) -> Iterator[Guest]:
    """A guest whose domain an operator has edited, until Nova makes it anew."""
    guest = boot(host=PLUGIN_HOST, flavor='duo')
    domain = etree.fromstring(guest.host.run('virsh', 'dumpxml', '--inactive', guest.id))
    [vcpu] = domain.findall('vcpu')
    vcpu.text = '4'
    vcpu.set('current', '2')
    vcpu.addnext(etree.fromstring(VCPUS))
    for cpu in domain.findall('cpu'):
        for topology in cpu.findall('topology'):
            cpu.remove(topology)
    file = guest.host.etc / f'{guest.id}.xml'  # the same path inside the host
    file.write_text(etree.tostring(domain, encoding='unicode'))
    guest.host.run('virsh', 'destroy', guest.id)
    guest.host.run('virsh', 'define', str(file))
    guest.host.run('virsh', 'start', guest.id)
    yield guest
    file.unlink()


def test_numbers_and_times_of_vcpus_are_those_of_the_domain(api: Api, guest: Guest) -> None:
    found = api.diagnostics(guest.id)
    assert found['num_cpus'] == 2
    assert [cpu['id'] for cpu in found['cpu_details']] == [0, 2]
    assert sorted(guest.process.vcpu_seconds()) == [0, 2]
    for cpu in found['cpu_details']:
        assert cpu['time'] is not None
        assert cpu['utilisation'] is not None
