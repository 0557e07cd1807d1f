# SPDX-License-Identifier: Apache-2.0
"""nova-ext-exporter over the cloud, and a Prometheus of Debian's that scrapes it."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox import settings
from sandbox.client.api import wait_for
from tests.live.openstack_client import OpenStackClient

EXPORTER, PROMETHEUS = '127.0.0.1:9774', '127.0.0.1:9091'

#: Seconds from one round to the next, and from one scrape to the next.
INTERVAL = 2

_CONFIGURATION = f'''
global: {{scrape_interval: {INTERVAL}s, evaluation_interval: {INTERVAL}s}}
rule_files: [{settings.CHECKOUT}/etc/prometheus/nova-ext-alerts.yaml]
scrape_configs:
  - job_name: nova-ext
    static_configs: [{{targets: ['{EXPORTER}']}}]
'''

_CLOUDS = '''
clouds:
  sandbox:
    auth_type: v3applicationcredential
    auth:
      auth_url: {url}
      application_credential_id: {id}
      application_credential_secret: {secret}
    region_name: {region}
'''


class Scraped:
    """What Prometheus has."""

    def __init__(self, exporter: subprocess.Popen[bytes]) -> None:
        self.exporter = exporter

    def get(self, path: str, **query: str) -> Any:
        """What Prometheus's API answers."""
        answer = requests.get(f'http://{PROMETHEUS}/api/v1/{path}', params=query, timeout=60)
        answer.raise_for_status()
        return answer.json()['data']

    def values(self, query: str) -> list[float]:
        """The values of the result of a query."""
        return [float(one['value'][1]) for one in self.get('query', query=query)['result']]

    def wait_value(self, query: str, value: float) -> None:
        """Wait until the result of a query is one value."""
        wait_for(f'{query} is {value}', lambda: self.values(query) == [value])


@contextlib.contextmanager
def scraping(folder: pathlib.Path) -> Iterator[Scraped]:
    """Run both for a while, with an application credential."""
    prometheus = shutil.which('prometheus')
    if prometheus is None:
        pytest.skip('prometheus IS NOT INSTALLED: install it with `make live`.')
    openstack = OpenStackClient()
    credential = openstack.json(
        'application', 'credential', 'create', f'exporter-{os.getpid()}')
    clouds = folder / 'clouds.yaml'
    clouds.write_text(_CLOUDS.format(
        url=settings.ENDPOINTS['keystone'], id=_get(credential, 'id'),
        secret=_get(credential, 'secret'), region=settings.REGION))
    configuration = folder / 'prometheus.yml'
    configuration.write_text(_CONFIGURATION)
    environment = {**{name: value for name, value in os.environ.items()
                      if not name.startswith('OS_')}, 'OS_CLIENT_CONFIG_FILE': str(clouds)}
    try:
        with contextlib.ExitStack() as stack:
            exporter = stack.enter_context(_running([
                str(pathlib.Path(sys.executable).with_name('nova-ext-exporter')),
                '--os-cloud', 'sandbox', '--listen-address', EXPORTER,
                '--interval', str(INTERVAL), '--host-timeout', '15', '--max-age', '60'],
                environment))
            stack.enter_context(_running([
                prometheus, f'--config.file={configuration}',
                f'--storage.tsdb.path={folder / "data"}', f'--web.listen-address={PROMETHEUS}'],
                environment))
            scraped = Scraped(exporter)
            wait_for('Prometheus', lambda: _is_scraping(scraped))
            yield scraped
    finally:
        openstack.run('application', 'credential', 'delete', _get(credential, 'id'))


def _is_scraping(scraped: Scraped) -> bool:
    try:
        return scraped.values('nova_ext_exporter_api_up') == [1]
    except requests.RequestException:
        return False


def _get(shown: dict[str, Any], name: str) -> str:
    """A value that OpenStackClient calls ``ID`` or ``id``, after its release."""
    return str(next(value for key, value in shown.items() if key.lower() == name))


@contextlib.contextmanager
def _running(
        command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
