# SPDX-License-Identifier: Apache-2.0
"""Prometheus itself scrapes the exporter, and promtool tries the alerts."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from sandbox import settings, venvs
from tests.clients.conftest import TIMEOUT
from tests.fixtures.exported_cloud import ExportedCloud, Host
from tests.unit.openmetrics import entries

RULES = settings.CHECKOUT / 'etc/prometheus/nova-ext-alerts.yaml'

EXPORTER = 'import sys; from nova_ext.exporter import service; sys.exit(service.main())'

CONFIGURATION = '''
global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: [{rules}]
scrape_configs:
  - job_name: nova-ext
    static_configs:
      - targets: ['127.0.0.1:{port}']
'''


def program(name: str) -> str:
    """The path of a program of Debian's package."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f'{name} IS NOT INSTALLED: `make test-all STAGES=clients` installs it.')
    return path


def free_port() -> int:
    with socket.create_server(('127.0.0.1', 0)) as server:
        return int(server.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    """Run a program for a while, which SIGTERM has to end."""
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
        process.terminate()
        assert process.wait(TIMEOUT) == 0
    finally:
        process.kill()
        process.wait()


class Prometheus:
    """Prometheus, as its API tells what it has."""

    def __init__(self, port: int) -> None:
        self._url = f'http://127.0.0.1:{port}/api/v1'

    def get(self, path: str, **query: str) -> Any:
        answer = requests.get(f'{self._url}/{path}', params=query, timeout=60)
        answer.raise_for_status()
        return answer.json()['data']

    def values(self, query: str) -> dict[str, float]:
        """The result of a query, by the label ``server`` or else ``host``."""
        return {one['metric'].get('server') or one['metric'].get('host', ''): float(
            one['value'][1]) for one in self.get('query', query=query)['result']}


def wait_for(what: str, look: Callable[[], Any]) -> Any:
    """What is there in time."""
    deadline = time.monotonic() + TIMEOUT
    while True:
        with contextlib.suppress(requests.RequestException):
            found = look()
            if found:
                return found
        assert time.monotonic() < deadline, f'{what} did not come in {TIMEOUT} s'
        time.sleep(0.2)


@pytest.fixture(scope='module')
def exported() -> Iterator[ExportedCloud]:
    """Thirty servers on three hosts, and a host that is down."""
    with ExportedCloud(page=7) as cloud:
        for host in ('compute1', 'compute2', 'compute3'):
            cloud.hosts[host] = Host([
                entries.make_entry(f'{host}-{number}', host=host, server_name='a "quoted\\ näme')
                for number in range(10)])
        cloud.hosts['compute4'] = Host([], {'state': 'down'})
        cloud.hosts['compute3'].servers[0] = entries.make_hung('compute3-0', host='compute3')
        yield cloud


#: What the exporter runs with: the newest libraries, and the oldest that its extra allows.
ENVIRONMENTS: dict[str, Callable[[], pathlib.Path]] = {
    'newest': venvs.test_venv, 'oldest': lambda: venvs.nova_venv('26', plugin=True)}


@pytest.fixture(scope='module', params=ENVIRONMENTS)
def prometheus(
        request: Any, exported: ExportedCloud, tmp_path_factory: Any) -> Iterator[Prometheus]:
    """A Prometheus that has scraped the exporter."""
    python = ENVIRONMENTS[request.param]() / 'bin/python'
    path, folder = program('prometheus'), tmp_path_factory.mktemp('prometheus')
    port, web = free_port(), free_port()
    configuration = folder / 'prometheus.yml'
    configuration.write_text(CONFIGURATION.format(rules=RULES, port=port))
    environment = {**os.environ, **exported.environment(), 'HOME': str(folder)}
    with running([str(python), '-W', 'ignore', '-c', EXPORTER, '--listen-address',
                  f'127.0.0.1:{port}', '--interval', '1'], environment), running(
            [path, f'--config.file={configuration}', f'--storage.tsdb.path={folder / "data"}',
             f'--web.listen-address=127.0.0.1:{web}'], environment):
        found = Prometheus(web)
        wait_for('the figures', lambda: len(found.values('nova_server_up')) == 30)
        yield found


def test_prometheus_takes_everything_that_is_served(prometheus: Prometheus) -> None:
    [target] = prometheus.get('targets')['activeTargets']
    assert (target['health'], target['lastError']) == ('up', '')


def test_figures_in_prometheus_are_those_of_the_api(prometheus: Prometheus) -> None:
    assert prometheus.values('nova_server_cpu_seconds_total{vcpu="1",host="compute1"}') == {
        f'compute1-{number}': 17.3 for number in range(10)}
    assert prometheus.values('nova_server_memory_used_bytes{server="compute2-3"}') == {
        'compute2-3': 256 * 1024 ** 2}
    assert len(prometheus.values('nova_server_info{server_name="a \\"quoted\\\\ näme"}')) == 29


def test_prometheus_knows_kind_and_unit_of_a_family(prometheus: Prometheus) -> None:
    found = wait_for('metadata', lambda: prometheus.get(
        'targets/metadata', metric='nova_server_cpu_seconds_total')
        or prometheus.get('targets/metadata', metric='nova_server_cpu_seconds'))
    assert {(one['type'], one['unit']) for one in found} == {('counter', 'seconds')}


def test_what_is_null_is_not_there(prometheus: Prometheus) -> None:
    assert prometheus.values('nova_server_responding{host="compute3"} == 0') == {'compute3-0': 0}
    assert prometheus.values('nova_server_memory_used_bytes{server="compute3-0"}') == {}


def test_alerts_begin_for_a_guest_that_hangs_and_a_host_that_is_down(
        prometheus: Prometheus) -> None:
    def pending() -> list[tuple[str, str]]:
        return sorted((one['labels']['alertname'], one['labels']['host'])
                      for one in prometheus.get('alerts')['alerts'] if 'host' in one['labels'])

    wait_for('the alerts', lambda: len(pending()) > 1)
    assert pending() == [('NovaHostDown', 'compute4'), ('NovaServerHung', 'compute3')]


def test_guest_that_is_gone_is_gone(prometheus: Prometheus, exported: ExportedCloud) -> None:
    gone = exported.hosts['compute2'].servers.pop()
    wait_for('29 servers', lambda: len(prometheus.values('nova_server_up')) == 29)
    exported.hosts['compute2'].servers.append(gone)


@pytest.mark.parametrize('arguments', [
    ('check', 'rules', str(RULES)),
    ('test', 'rules', str(pathlib.Path(__file__).with_name('prometheus') / 'alerts-test.yaml'))])
def test_promtool_accepts_the_alerts(arguments: tuple[str, ...]) -> None:
    done = subprocess.run([program('promtool'), *arguments], capture_output=True, text=True,
                          timeout=TIMEOUT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_accepts_what_is_served(prometheus: Prometheus) -> None:
    """Its linter, which knows Prometheus's conventions for names and units."""
    [target] = prometheus.get('targets')['activeTargets']
    text = requests.get(target['scrapeUrl'], timeout=60).text
    families = {line.split()[2]: line.split()[3] for line in text.splitlines()
                if line.startswith('# TYPE ')}
    # promtool reads the older format, in which a counter has its suffix in its name.
    for name, kind in families.items():
        if kind in ('counter', 'info'):
            suffix = {'counter': '_total', 'info': '_info'}[kind]
            text = text.replace(f'# TYPE {name} {kind}\n', f'# TYPE {name}{suffix} ' + (
                'counter\n' if kind == 'counter' else 'gauge\n'))
            text = text.replace(f'# HELP {name} ', f'# HELP {name}{suffix} ')
    done = subprocess.run([program('promtool'), 'check', 'metrics'], input=text,
                          capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
