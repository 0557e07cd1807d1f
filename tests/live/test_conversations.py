# SPDX-License-Identifier: Apache-2.0
"""Run the gabbi files in gabbits/: requests and expected responses, one file per API version.

Each request is one test. If it is run alone, gabbi runs the requests before it in its file first.
"""

from __future__ import annotations

import pathlib
import unittest
import uuid
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from gabbi import driver, reporter
from gabbi.handlers import base as handlers

from sandbox import settings
from sandbox.client.api import Api
from tests.live import host_operations, host_views

GABBITS = pathlib.Path(__file__).with_name('gabbits')


class ForbiddenStrings(handlers.ResponseHandler):  # type: ignore[misc]
    """``response_forbidden_strings``: strings that must not be in a response."""

    test_key_suffix = 'forbidden_strings'
    test_key_value: ClassVar[list[str]] = []

    def action(self, test: Any, item: str, value: None = None) -> None:
        assert item not in test.output, f'{item!r} is in {test.output}'


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Generate one test per request."""
    if 'gabbi_test' in metafunc.fixturenames:
        suites = driver.build_tests(
            str(GABBITS), unittest.TestLoader(), url=settings.ENDPOINTS['nova'],
            test_loader_name='gabbi', response_handlers=[ForbiddenStrings])
        found = [case for suite in suites for case in suite]
        metafunc.parametrize(
            'gabbi_test', found, ids=[case.__class__.__name__ for case in found])


@pytest.fixture(scope='module')
def gabbi_environment(
        api: Api, reader_api: Api, member_api: Api, observed_server: host_views.ObservedServer,
        readers_see_host_status: None) -> Iterator[None]:
    """Environment variables that the gabbi files use; maintenance is announced for HOST."""
    start, end = '2026-01-01T00:00:00Z', '2126-01-01T00:00:00Z'
    hypervisors = api.get(
        f'/os-hypervisors?hypervisor_hostname_pattern={observed_server.host}')['hypervisors']
    variables = {
        'ADMIN': api.token(), 'READER': reader_api.token(), 'MEMBER': member_api.token(),
        'SERVER': observed_server.id, 'SERVER_NAME': observed_server.name,
        'HOST': observed_server.host, 'HYPERVISOR': hypervisors[0]['id'],
        'UNKNOWN_UUID': str(uuid.uuid4()), 'START': start, 'END': end,
        'ENDPOINT': settings.ENDPOINTS['nova'],
    }
    with pytest.MonkeyPatch.context() as environment, \
            host_operations.maintenance_announced(api, observed_server.host, f'{start}/{end}'):
        for name, value in variables.items():
            environment.setenv(name, value)
        yield


@pytest.mark.usefixtures('gabbi_environment')
def test_gabbi_request(gabbi_test: unittest.TestCase) -> None:
    gabbi_test.run(reporter.PyTestResult())
