# SPDX-License-Identifier: Apache-2.0
"""Versions in requests, and the list of versions."""

from __future__ import annotations

from typing import Optional

import ddt
import microversion_parse
import webob
from hypothesis import given
from hypothesis import strategies as st

from nova_ext.api import microversions
from tests.unit import base

MAX = microversion_parse.parse_version_string(microversions.MAX_VERSION)
TOO_NEW = f'{MAX.major}.{MAX.minor + 1}'

HEADERS = st.text() | st.lists(st.sampled_from([
    'compute', 'nova-ext', 'NOVA-EXT', ' ', '\t', '\xa0', ',', '.', '1.0', '2.96', '9.9',
    'latest', '0', '\u0661', '-',
])).map(''.join)


def requested(header: Optional[str]) -> Optional[microversion_parse.Version]:
    """Return the version that a request with that header asks for."""
    request = webob.Request.blank('/')
    if header is not None:
        request.environ['HTTP_OPENSTACK_API_VERSION'] = header
    return microversions.requested_version(request.headers)


@ddt.ddt
class TestRequestedVersion(base.TestCase):
    @ddt.data(
        None, '', ' ', ',', 'compute 2.96', 'compute latest', 'placement 1.0',
        'nova-extra 1.0', 'xnova-ext 1.0', 'nova_ext 1.0', 'compute nova-ext', 'nova-ext=1.0')
    def test_no_version_is_requested_without_the_service_type(
            self, header: Optional[str]) -> None:
        self.assertIsNone(requested(header))

    @ddt.data(
        'nova-ext 1.0', 'compute 2.96, nova-ext 1.0', 'nova-ext 1.0, compute 2.96',
        'compute 2.96,nova-ext 1.0', 'compute latest, nova-ext 1.0, placement 1.39',
        'compute 2.96\t,\tnova-ext \t 1.0 ', 'NOVA-EXT 1.0', 'Compute 2.96, Nova-Ext 1.0',
        'compute, nova-ext 1.0')
    def test_version_is_found_anywhere_in_the_header(self, header: str) -> None:
        self.assertEqual((1, 0), requested(header))

    @ddt.data('nova-ext latest', 'compute 2.1, nova-ext latest')
    def test_latest_is_the_newest_version(self, header: str) -> None:
        version = requested(header)
        self.assertEqual(MAX, version)
        self.assertEqual(microversions.MAX_VERSION, str(version))

    @ddt.data(*microversions.VERSIONS)
    def test_listed_version_is_served(self, version: str) -> None:
        self.assertEqual(version, str(requested(f'compute 2.1, nova-ext {version}')))

    @ddt.data(
        f'nova-ext {TOO_NEW}, nova-ext 1.0', 'nova-ext nonsense, nova-ext 1.0',
        'nova-ext 1.0, nova-ext')
    def test_last_readable_version_applies_as_in_nova(self, header: str) -> None:
        self.assertEqual((1, 0), requested(header))

    def test_unsupported_version_after_a_supported_one_raises(self) -> None:
        with self.assert_raises(microversions.UnsupportedVersion):
            requested(f'nova-ext 1.0, nova-ext {TOO_NEW}')

    def assert_malformed(self, version: str) -> None:
        with self.assert_raises(
                microversions.MalformedVersion, r'nova-ext .*latest.*two numbers'):
            requested(f'compute 2.96, nova-ext {version}')

    @ddt.data(
        '', ' ', '1', '1.', '.0', '1.0.0', 'v1.0', '01.0', '1.00', '-1.0', '+1.0', '1.-0',
        '1.0 1.0', '1.x', '1 .0', '1,0', '1.0000000', '1e0.0', 'LATEST', 'latest.', 'newest',
        '1.0;', '"1.0"', '1.1234567')
    def test_version_that_is_not_two_numbers_is_malformed(self, version: str) -> None:
        self.assert_malformed(version)

    def test_version_in_digits_other_than_ascii_is_malformed(self) -> None:
        self.assert_malformed('\u0661.\u0660')

    @ddt.data(TOO_NEW, f'{MAX.major + 1}.0', '0.0', '0.9', '999999.999999')
    def test_error_for_unsupported_version_names_the_supported_range(self, version: str) -> None:
        with self.assert_raises(microversions.UnsupportedVersion) as caught:
            requested(f'nova-ext {version}')
        self.assertEqual(
            f'Version {version} of nova-ext is not supported by this API. The minimum is '
            f'{microversions.MIN_VERSION} and the maximum is {microversions.MAX_VERSION}.',
            str(caught.exception))

    @given(header=HEADERS)
    def test_any_header_yields_a_listed_version_or_a_version_error(self, header: str) -> None:
        try:
            version = requested(header)
        except (microversions.MalformedVersion, microversions.UnsupportedVersion):
            self.assertIn('nova-ext', header.lower())
        else:
            if version is not None:
                self.assertIn(str(version), microversions.VERSIONS)


class TestVersions(base.TestCase):
    def test_versions_are_unique_and_in_ascending_order(self) -> None:
        parsed = [microversion_parse.parse_version_string(text)
                  for text in microversions.VERSIONS]
        self.assertEqual(microversions.VERSIONS, [str(version) for version in parsed])
        self.assertEqual(sorted(set(parsed)), parsed)
