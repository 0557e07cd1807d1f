# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Optional

import microversion_parse
import pytest
import webob
from hypothesis import given
from hypothesis import strategies as st

from nova_ext.api import microversions

MAX = microversion_parse.parse_version_string(microversions.MAX_VERSION)
TOO_NEW = f'{MAX.major}.{MAX.minor + 1}'


def requested(header: Optional[str]) -> Optional[microversion_parse.Version]:
    request = webob.Request.blank('/')
    if header is not None:
        request.environ['HTTP_OPENSTACK_API_VERSION'] = header
    return microversions.requested_version(request.headers)


@pytest.mark.parametrize('header', [
    None, '', ' ', ',', 'compute 2.96', 'compute latest', 'placement 1.0',
    'nova-extra 1.0', 'xnova-ext 1.0', 'nova_ext 1.0', 'compute nova-ext', 'nova-ext=1.0',
])
def test_a_request_that_does_not_mention_the_service_asks_for_nothing(
        header: Optional[str]) -> None:
    assert requested(header) is None


@pytest.mark.parametrize('header', [
    'nova-ext 1.0', 'compute 2.96, nova-ext 1.0', 'nova-ext 1.0, compute 2.96',
    'compute 2.96,nova-ext 1.0', 'compute latest, nova-ext 1.0, placement 1.39',
    'compute 2.96\t,\tnova-ext \t 1.0 ', 'NOVA-EXT 1.0', 'Compute 2.96, Nova-Ext 1.0',
    'compute, nova-ext 1.0',
])
def test_an_exact_version_is_found_anywhere_in_the_header(header: str) -> None:
    assert requested(header) == (1, 0)


@pytest.mark.parametrize('header', ['nova-ext latest', 'compute 2.1, nova-ext latest'])
def test_latest_is_the_newest_version(header: str) -> None:
    version = requested(header)
    assert version == MAX
    assert str(version) == microversions.MAX_VERSION


@pytest.mark.parametrize('version', microversions.VERSIONS)
def test_every_listed_version_is_served(version: str) -> None:
    assert str(requested(f'compute 2.1, nova-ext {version}')) == version


@pytest.mark.parametrize(('header', 'expected'), [
    (f'nova-ext {TOO_NEW}, nova-ext 1.0', (1, 0)),
    ('nova-ext nonsense, nova-ext 1.0', (1, 0)),
    ('nova-ext 1.0, nova-ext', (1, 0)),
])
def test_of_several_versions_the_last_readable_one_counts_as_for_nova(
        header: str, expected: tuple[int, int]) -> None:
    assert requested(header) == expected


def test_a_bad_version_after_a_good_one_is_not_overlooked() -> None:
    with pytest.raises(microversions.UnsupportedVersion):
        requested(f'nova-ext 1.0, nova-ext {TOO_NEW}')


@pytest.mark.parametrize('version', [
    '', ' ', '1', '1.', '.0', '1.0.0', 'v1.0', '01.0', '1.00', '-1.0', '+1.0', '1.-0', '1.0 1.0',
    '1.x', '1 .0', '1,0', '1.0000000', '1e0.0', '\u0661.\u0660', 'LATEST', 'latest.', 'newest',
    '1.0;', '"1.0"', '1.1234567',
])
def test_a_version_that_is_not_two_numbers_is_malformed(version: str) -> None:
    with pytest.raises(microversions.MalformedVersion, match=r'nova-ext .*latest.*two numbers'):
        requested(f'compute 2.96, nova-ext {version}')


@pytest.mark.parametrize('version', [TOO_NEW, f'{MAX.major + 1}.0', '0.0', '0.9', '999999.999999'])
def test_a_version_that_is_not_served_is_refused_with_the_range(version: str) -> None:
    with pytest.raises(microversions.UnsupportedVersion) as caught:
        requested(f'nova-ext {version}')
    assert str(caught.value) == (
        f'Version {version} of nova-ext is not supported by this API. The minimum is '
        f'{microversions.MIN_VERSION} and the maximum is {microversions.MAX_VERSION}.')


def test_versions_are_listed_once_and_from_the_oldest_on() -> None:
    parsed = [microversion_parse.parse_version_string(text) for text in microversions.VERSIONS]
    assert [str(version) for version in parsed] == microversions.VERSIONS
    assert parsed == sorted(set(parsed))


_HEADERS = st.text() | st.lists(st.sampled_from([
    'compute', 'nova-ext', 'NOVA-EXT', ' ', '\t', '\xa0', ',', '.', '1.0', '2.96', '9.9',
    'latest', '0', '\u0661', '-',
])).map(''.join)


@given(header=_HEADERS)
def test_no_header_brings_about_anything_but_a_version_or_a_refusal(header: str) -> None:
    try:
        version = requested(header)
    except (microversions.MalformedVersion, microversions.UnsupportedVersion):
        assert 'nova-ext' in header.lower()
    else:
        assert version is None or str(version) in microversions.VERSIONS
