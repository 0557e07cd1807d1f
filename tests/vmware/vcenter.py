# SPDX-License-Identifier: Apache-2.0
"""A simulated vCenter, and what it says of itself to another client than Nova's."""

from __future__ import annotations

import contextlib
import json
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from typing import Any

from pyVim import connect
from pyVim.task import WaitForTask
from pyVmomi import vim

from sandbox import vcsim

#: What Nova logs in with.
USER = PASSWORD = 'sandbox'

#: Virtual machines of the cluster: each test takes one that no other has.
MACHINES = 20

CLUSTER = 'DC0_C0'

#: Seconds that an answer may take.
_TIMEOUT = 60


class Vcenter:
    """The simulator and a connection of pyVmomi's to it."""

    def __init__(self) -> None:
        program, wsdl = vcsim.build()
        self.process = subprocess.Popen(
            [str(program), '-machines', str(MACHINES), '-wsdl', str(wsdl)],
            stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.host, _, port = self.process.stdout.readline().strip().rpartition(':')
        self.port = int(port)
        self._instance = connect.SmartConnect(
            host=self.host, port=self.port, user=USER, pwd=PASSWORD,
            disableSslCertValidation=True)
        self.content = self._instance.RetrieveContent()
        view = self.content.viewManager.CreateContainerView(
            self._cluster(), [vim.VirtualMachine], recursive=True)
        self._unused = list(view.view)

    def stop(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait(_TIMEOUT)

    def take(self) -> Any:
        """A vim.VirtualMachine that runs and is nobody else's."""
        return self._unused.pop()

    def control(self, query: str = '') -> Any:
        """What the simulator counts, after having told it something."""
        context = ssl._create_unverified_context()
        url = f'https://{self.host}:{self.port}/control?{query}'
        with urllib.request.urlopen(url, timeout=_TIMEOUT, context=context) as answer:
            return json.load(answer)

    @contextlib.contextmanager
    def performance(self, mode: str) -> Iterator[None]:
        """Have the performance manager ``refuse``, or answer ``none`` or ``untaken`` samples."""
        self.control(f'performance={mode}')
        try:
            yield
        finally:
            self.control('performance=answer')

    def sample(self, machine: Any, counter: str, instance: object) -> int:
        """The newest sample of a counter, by the name that vSphere gives it."""
        [number] = [
            one.key for one in self.content.perfManager.perfCounter
            if f'{one.groupInfo.key}.{one.nameInfo.key}.{one.rollupType}' == counter]
        query = vim.PerformanceManager.QuerySpec(
            entity=machine, intervalId=20, maxSample=1, metricId=[
                vim.PerformanceManager.MetricId(counterId=number, instance=str(instance))])
        [answer] = self.content.perfManager.QueryPerf(querySpec=[query])
        [series] = answer.value
        return int(series.value[-1])

    def _cluster(self) -> Any:
        view = self.content.viewManager.CreateContainerView(
            self.content.rootFolder, [vim.ClusterComputeResource], recursive=True)
        [cluster] = [one for one in view.view if one.name == CLUSTER]
        return cluster.resourcePool


def add_devices(machine: Any) -> None:
    """Give a virtual machine four vCPUs, another NIC and another disk."""
    nic = vim.vm.device.VirtualVmxnet3(
        key=-1, macAddress='00:50:56:AA:BB:CC', addressType='manual',
        backing=vim.vm.device.VirtualEthernetCard.NetworkBackingInfo(deviceName='VM Network'))
    [controller] = [one for one in machine.config.hardware.device
                    if isinstance(one, vim.vm.device.VirtualSCSIController)]
    disk = vim.vm.device.VirtualDisk(
        key=-2, controllerKey=controller.key, unitNumber=5, capacityInKB=1024,
        backing=vim.vm.device.VirtualDisk.FlatVer2BackingInfo(
            fileName='', diskMode='persistent', thinProvisioned=True))
    add = vim.vm.device.VirtualDeviceSpec.Operation.add
    change(machine, vim.vm.ConfigSpec(numCPUs=4, deviceChange=[
        vim.vm.device.VirtualDeviceSpec(operation=add, device=nic),
        vim.vm.device.VirtualDeviceSpec(
            operation=add, fileOperation='create', device=disk)]))


def change(machine: Any, specification: Any) -> None:
    """Change a virtual machine's configuration."""
    finish(machine.ReconfigVM_Task(specification))


def finish(task: Any) -> None:
    """Wait for a task."""
    WaitForTask(task)
