# SPDX-License-Identifier: Apache-2.0
"""Whether nova-ext and Nova fit together on a host: release, place, driver and policy."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import re
from collections.abc import Iterator
from typing import Optional

from oslo_config import cfg

import nova_ext
from nova_ext import findings, policies, policy
from nova_ext.cmd import paste
from nova_ext.nova_compat import check

#: The first and the last release of Nova that nova-ext was tried with.
_FIRST, _LAST = 26, 34

#: The one of Nova's drivers that there is another for, and that other.
_NOVAS, _OURS = 'libvirt.LibvirtDriver', 'nova_ext.LibvirtDriver'

_SHIM = 'nova.virt.nova_ext'


def release() -> Iterator[findings.Finding]:
    """Whether the Nova that is installed is one that nova-ext knows."""
    version = importlib.metadata.version('nova')
    major = version.partition('.')[0]
    if re.fullmatch('[0-9]{1,4}', major) and _FIRST <= int(major) <= _LAST:
        yield findings.ok(f'Nova {version} is among those that nova-ext knows.')
    else:
        yield findings.warning(
            f'Nova {version} is not among the releases that nova-ext was tried with ({_FIRST} to '
            f'{_LAST}). Look for another nova-ext.')
    differences = check.differences()
    gone = [difference.text for difference in differences if difference.is_gone]
    changed = [difference.text for difference in differences if not difference.is_gone]
    if gone:
        yield findings.error(
            f'Nova {version} lacks what nova-ext needs: {" ".join(gone)} Look for another '
            'nova-ext, or undo what was changed in Nova.')
    if changed:
        yield findings.warning(
            f'Nova {version} is not quite as nova-ext knows it: {" ".join(changed)} Look for '
            'another nova-ext, or at what was changed in Nova.')


def driver(conf: cfg.ConfigOpts) -> Iterator[findings.Finding]:
    """Whether nova-compute runs with nova-ext's driver, and finds it."""
    configured = conf.compute_driver
    if not configured:
        yield findings.ok('No [DEFAULT] compute_driver: this is no compute host.')
    elif configured == _NOVAS:
        yield findings.warning(
            f'compute_driver = {_NOVAS} is Nova\'s own: diagnostics, console and metadata are '
            f'Nova\'s. Set it to {_OURS}.')
    elif not configured.startswith('nova_ext.'):
        yield findings.warning(f'nova-ext has no driver in the place of {configured}.')
    else:
        yield _found(configured)


def _found(configured: str) -> findings.Finding:
    """Whether Nova finds a driver of nova-ext's."""
    try:
        shim = importlib.import_module(_SHIM)
    except ModuleNotFoundError:
        nova = importlib.import_module('nova')
        return findings.error(
            f'Nova does not find compute_driver = {configured}: nova-ext is in '
            f'{_folder(nova_ext.__file__)} and Nova in {_folder(nova.__file__)}. Install nova-ext '
            'where Nova is; where that is a folder of Debian\'s packages, unpack the wheel there '
            'with python3 -m zipfile -e.')
    name = configured.partition('.')[2]
    try:
        getattr(shim, name)
    except AttributeError as error:
        return findings.error(f'compute_driver = {configured}: {error}.')
    return findings.ok(f'Nova finds compute_driver = {configured}.')


def api(conf: cfg.ConfigOpts) -> Iterator[findings.Finding]:
    """Whether the filter is in the paste file, where there is one.

    :raises OSError: it cannot be read
    """
    path = _find(conf, conf.wsgi.api_paste_config)
    if path is None:
        yield findings.ok(
            f'There is no {conf.wsgi.api_paste_config} beside the configuration: this is no API '
            'host.')
        return
    with open(path, encoding='utf-8') as file:
        yield from paste.check(path, file.read())


def rules(conf: cfg.ConfigOpts) -> Iterator[findings.Finding]:
    """Whether the policy file can be read, and means rules that there are.

    :raises Exception: it cannot be read
    """
    enforcer = policy.make_enforcer(conf)
    path = _find(conf, conf.oslo_policy.policy_file)
    if path is None:
        yield findings.ok('There is no policy file: every rule is as it comes.')
        return
    enforcer.load_rules(force_reload=True)
    known = {rule.name for rule in policies.list_rules()}
    unknown = sorted(name for name in enforcer.file_rules
                     if name.startswith('nova_ext:') and name not in known)
    if unknown:
        yield findings.warning(
            f'{path} has rules that nova-ext does not know: {", ".join(unknown)}. It knows '
            f'{", ".join(sorted(name for name in known if name.startswith("nova_ext:")))}.')
    else:
        yield findings.ok(f'{path} can be read.')


def _find(conf: cfg.ConfigOpts, name: str) -> Optional[str]:
    found: Optional[str] = conf.find_file(name)
    return found


def _folder(file: Optional[str]) -> str:
    """The folder that a package is in."""
    return os.path.dirname(os.path.dirname(os.path.abspath(file or '')))
