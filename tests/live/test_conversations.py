# SPDX-License-Identifier: Apache-2.0
"""The conversations in gabbits/: what a client that knows the versions says and hears.

Each request is a test of its own; one that is run alone has those before it run first.
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
from tests.live import operating, seeing

GABBITS = pathlib.Path(__file__).with_name('gabbits')


class ForbiddenStrings(handlers.ResponseHandler):  # type: ignore[misc]
    """``response_forbidden_strings``: what must not be in an answer."""

    test_key_suffix = 'forbidden_strings'
    test_key_value: ClassVar[list[str]] = []

    def action(self, test: Any, item: str, value: None = None) -> None:
        assert item not in test.output, f'{item!r} is in {test.output}'


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each request."""
    if 'conversation' in metafunc.fixturenames:
        suites = driver.build_tests(
            str(GABBITS), unittest.TestLoader(), url=settings.ENDPOINTS['nova'],
            test_loader_name='conversation', response_handlers=[ForbiddenStrings])
        found = [case for suite in suites for case in suite]
        metafunc.parametrize(
            'conversation', found, ids=[case.__class__.__name__ for case in found])


@pytest.fixture(scope='module')
def persons(
        api: Api, reader: Api, member: Api, subject: seeing.Subject,
        readers_may_see: None) -> Iterator[None]:
    """What the conversations know by names: tokens, a server, its host, an announcement."""
    start, end = '2026-01-01T00:00:00Z', '2126-01-01T00:00:00Z'
    hypervisors = api.get(
        f'/os-hypervisors?hypervisor_hostname_pattern={subject.host}')['hypervisors']
    known = {
        'ADMIN': api.token(), 'READER': reader.token(), 'MEMBER': member.token(),
        'SERVER': subject.server, 'SERVER_NAME': subject.name, 'HOST': subject.host,
        'HYPERVISOR': hypervisors[0]['id'], 'NOBODY': str(uuid.uuid4()),
        'START': start, 'END': end, 'ENDPOINT': settings.ENDPOINTS['nova'],
    }
    with pytest.MonkeyPatch.context() as environment, \
            operating.announced(api, subject.host, f'{start}/{end}'):
        for name, value in known.items():
            environment.setenv(name, value)
        yield


@pytest.mark.usefixtures('persons')
def test_conversation(conversation: unittest.TestCase) -> None:
    conversation.run(reporter.PyTestResult())
