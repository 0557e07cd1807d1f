# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import pathlib
from typing import Optional

import pytest

from nova_ext.virt.libvirt import host_os


@pytest.mark.parametrize(('text', 'expected'), [
    ('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian"\nID=debian\n', 'debian'),
    ('NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\n', 'rocky'),
    ("ID='opensuse-leap'\n", 'opensuse-leap'),
    ('# ID=comment\nVERSION_ID="24.04"\nID=ubuntu # really\n', 'ubuntu'),
    ('\n\nID=alpine', 'alpine'),
    # os-release(5): "If not set, a default of ID=linux may be used."
    ('NAME="Something"\nVERSION_ID=3\n', 'linux'),
    ('', 'linux'),
])
def test_the_id_is_read_as_a_shell_would(
        text: str, expected: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'os-release'
    path.write_text(text)
    assert host_os.identify([path]) == expected


def test_the_second_file_is_read_where_the_first_is_missing(tmp_path: pathlib.Path) -> None:
    second = tmp_path / 'second'
    second.write_text('ID=debian\n')
    assert host_os.identify([tmp_path / 'first', second]) == 'debian'


@pytest.mark.parametrize('content', [b'ID="unclosed\n', b'NAME="\xff\xfe"\nID=x\n'])
def test_a_file_that_cannot_be_read_is_passed_over(
        content: bytes, tmp_path: pathlib.Path) -> None:
    first, second = tmp_path / 'first', tmp_path / 'second'
    first.write_bytes(content)
    second.write_text('ID=debian\n')
    assert host_os.identify([first, second]) == 'debian'
    assert host_os.identify([first]) is None


def test_without_any_file_it_is_unknown(tmp_path: pathlib.Path) -> None:
    nothing: Optional[str] = host_os.identify([tmp_path / 'none'])
    assert nothing is None
    assert host_os.identify([]) is None


@pytest.mark.skipif(not pathlib.Path('/etc/os-release').exists(), reason='not this kind of host')
def test_this_host_is_known() -> None:
    assert f'ID={host_os.identify()}' in (
        pathlib.Path('/etc/os-release').read_text().replace('"', '').splitlines())
