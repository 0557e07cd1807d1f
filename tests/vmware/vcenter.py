# SPDX-License-Identifier: Apache-2.0
"""A simulated vCenter, and what it says of itself to another client than Nova's."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from typing import Any

from pyVim import connect
from pyVim.task import WaitForTask
from pyVmomi import vim

from sandbox import vcsim

#: Virtual machines of the cluster: each test takes one that no other has.
MACHINES = 20

#: Seconds that an answer may take.
_TIMEOUT = 60


@contextlib.contextmanager
def simulated(data: pathlib.Path) -> Iterator[Vcenter]:
    """Run a simulator and connect with it.

    :param data: a directory for its datastores
    """
    vcsim.build()
    with subprocess.Popen(
            vcsim.command('127.0.0.1:0', MACHINES), env={**os.environ, 'TMPDIR': str(data)},
            stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            host, _, port = process.stdout.readline().strip().rpartition(':')
            yield Vcenter(host, int(port), process.pid)
        finally:
            process.kill()


class Vcenter:
    """A connection of pyVmomi's with a simulator that runs."""

    def __init__(self, host: str, port: int, pid: int) -> None:
        self.host, self.port, self.pid = host, port, pid
        instance = connect.SmartConnect(
            host=host, port=port, user=vcsim.USER, pwd=vcsim.PASSWORD,
            disableSslCertValidation=True)
        self.content = instance.RetrieveContent()
        self._unused = self.machines()

    def machines(self) -> list[Any]:
        """The cluster's virtual machines: each a vim.VirtualMachine."""
        return self._all(self._cluster(), vim.VirtualMachine)

    def machine(self, uuid: str) -> Any:
        """The virtual machine of a server."""
        [found] = [one for one in self.machines() if one.config.instanceUuid == uuid]
        return found

    def take(self) -> Any:
        """A virtual machine that runs and that no other test takes."""
        return self._unused.pop()

    @contextlib.contextmanager
    def hanging(self) -> Iterator[None]:
        """Have it answer nothing."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    def end_other_sessions(self) -> None:
        """End the sessions of all other clients, as vCenter does with those that are idle."""
        manager = self.content.sessionManager
        manager.TerminateSession([
            session.key for session in manager.sessionList
            if session.key != manager.currentSession.key])

    def control(self, query: str = '') -> Any:
        """What the simulator counts, after having told it something."""
        context = ssl._create_unverified_context()
        url = f'https://{self.host}:{self.port}/control?{query}'
        with urllib.request.urlopen(url, timeout=_TIMEOUT, context=context) as answer:
            return json.load(answer)

    @contextlib.contextmanager
    def performance(self, mode: str) -> Iterator[None]:
        """Have the performance manager ``refuse``, ``hang``, or answer ``none`` or ``untaken``.

        The last two are about samples: there is none, or one that was not taken.
        """
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
        [cluster] = [one for one in self._all(
            self.content.rootFolder, vim.ClusterComputeResource) if one.name == vcsim.CLUSTER]
        return cluster.resourcePool

    def _all(self, container: Any, kind: type) -> list[Any]:
        """All of a kind in a part of the inventory."""
        view = self.content.viewManager.CreateContainerView(container, [kind], recursive=True)
        try:
            return list(view.view)
        finally:
            view.DestroyView()


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


def add_configuration_drive(machine: Any) -> None:
    """Give a virtual machine what Nova's driver means to give it.

    That reads the image, which is binary, as text, and fails.
    """
    controller = next(one for one in machine.config.hardware.device
                      if isinstance(one, vim.vm.device.VirtualIDEController))
    drive = vim.vm.device.VirtualCdrom(
        key=-1, controllerKey=controller.key, unitNumber=1,
        backing=vim.vm.device.VirtualCdrom.IsoBackingInfo(
            fileName=f'[LocalDS_0] {machine.config.instanceUuid}/configdrive.iso'))
    change(machine, vim.vm.ConfigSpec(deviceChange=[vim.vm.device.VirtualDeviceSpec(
        operation=vim.vm.device.VirtualDeviceSpec.Operation.add, device=drive)]))


def change(machine: Any, specification: Any) -> None:
    """Change a virtual machine's configuration."""
    finish(machine.ReconfigVM_Task(specification))


def finish(task: Any) -> None:
    """Wait for a task."""
    WaitForTask(task)
