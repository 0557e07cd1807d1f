# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import runpy
import sys

import pytest

from nova_ext import nova_internals
from nova_ext.nova_internals import Internal


def test_everything_in_the_installed_nova_is_where_it_is_expected() -> None:
    assert nova_internals.moved() == []


@pytest.mark.parametrize(('internal', 'complaint'), [
    (Internal('nova.nonsense', 'API'), 'nova.nonsense.API is gone'),
    (Internal('nova.compute.api', 'API.nonsense'), 'nova.compute.api.API.nonsense is gone'),
    (Internal('nova.compute.api', 'API.get', ('self', 'uuid')),
     'nova.compute.api.API.get takes'),
    (Internal('nova.compute.api', 'API.get', source=('raise Nonsense',)),
     "nova.compute.api.API.get does not hold 'raise Nonsense' any more."),
])
def test_what_moved_is_named(
        internal: Internal, complaint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    good = Internal('nova.compute.api', 'API.get', ('self', 'context'))
    monkeypatch.setattr(nova_internals, 'INTERNALS', (good, internal))
    found, = nova_internals.moved()
    assert found.startswith(complaint)


def test_it_can_be_asked_from_the_command_line(
        capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, 'nova_ext.nova_internals')
    with pytest.raises(SystemExit) as caught:
        runpy.run_module('nova_ext.nova_internals', run_name='__main__')
    assert caught.value.code == 0
    assert capsys.readouterr().out == (
        f'All {len(nova_internals.INTERNALS)} internals of Nova are as expected.\n')
