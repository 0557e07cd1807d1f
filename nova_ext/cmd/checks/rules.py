# SPDX-License-Identifier: Apache-2.0
"""Whether the policy files of each nova-api can be read, and mean rules that there are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Optional

from oslo_config import cfg
from oslo_policy import policy as oslo_policy

from nova_ext import findings, policies
from nova_ext.cmd.services import reading
from nova_ext.cmd.services.command import API
from nova_ext.cmd.services.host import Host, Service
from nova_ext.cmd.services.tree import Tree

#: What Nova has set since its release 23, and what it takes where there is no such file.
_FILE, _OLD_FILE = 'policy.yaml', 'policy.json'
_DIRECTORY = 'policy.d'

_GROUP = 'oslo_policy'


def check(host: Host) -> Iterator[findings.Finding]:
    """Look at the policy files.

    :raises reading.Unreadable: a configuration file cannot be parsed
    :raises OSError: a file cannot be read
    """
    seen = []
    for service in host.services_of(API):
        names, missing = files(service, host.tree)
        if (names, missing) in seen:
            continue
        seen.append((names, missing))
        if missing:
            yield findings.warning(f'{missing}, the policy_file of {service.name}, is not there: '
                                   'no rule of it counts.')
        elif not names:
            yield findings.ok('There is no policy file: every rule is as it comes')
        yield from _of_files(host.tree, names)


def files(service: Service, tree: Tree) -> tuple[list[str], str]:
    """The policy files that a service reads, in their order, and one that is missing, or ''.

    :raises reading.Unreadable: a configuration file cannot be parsed
    :raises OSError: a file cannot be read
    """
    configured = (reading.value(service, 'policy_file', tree, _GROUP)
                  or reading.value(service, 'policy_file', tree))
    names = [configured.text] if configured else [_FILE]
    if not configured and hasattr(oslo_policy, 'pick_default_policy_file'):
        names.append(_OLD_FILE)
    file = next(filter(None, (_find(service, name, tree) for name in names)), None)
    found = [file] if file else []
    for name in reading.values(service, 'policy_dirs', tree, _GROUP) or [_DIRECTORY]:
        directory = _find(service, name, tree)
        if directory:
            found += [name for name in tree.matches(directory, '[!.]*')
                      if not tree.is_directory(name)]
    return found, configured.text if configured and file is None else ''


def _find(service: Service, name: str, tree: Tree) -> Optional[str]:
    for directory in service.files.directories:
        path = os.path.join(directory, name)
        if tree.exists(path):
            return path
    return None


def _of_files(tree: Tree, names: list[str]) -> Iterator[findings.Finding]:
    known = {rule.name for rule in policies.list_rules()}
    good = True
    for name in names:
        rules, problem = _parse(tree.read(name))
        wrong = sorted(rule for rule, text in rules.items() if _is_wrong(text))
        unknown = sorted(rule for rule in rules
                         if rule.startswith('nova_ext:') and rule not in known)
        if problem:
            yield findings.error(f'{name} cannot be read, so that requests fail: {problem}.')
        if wrong:
            yield findings.error(f'{name} has rules that cannot be parsed, so that they deny '
                                 f'everybody: {", ".join(wrong)}.')
        if unknown:
            yield findings.warning(
                f'{name} has rules that nova-ext does not know: {", ".join(unknown)}. It knows '
                f'{", ".join(sorted(rule for rule in known if rule.startswith("nova_ext:")))}.')
        good = good and not (problem or wrong or unknown)
    if good and names:
        yield from _together(tree, names)


def _together(tree: Tree, names: list[str]) -> Iterator[findings.Finding]:
    """Whether the rules of several files fit together, and with Nova's and nova-ext's."""
    from nova import policies as nova_policies

    conf = cfg.ConfigOpts()
    conf([], project='nova', default_config_files=[], default_config_dirs=[])
    enforcer = oslo_policy.Enforcer(conf, use_conf=False)
    rules: dict[str, Any] = {
        rule.name: rule.check for rule in (*nova_policies.list_rules(), *policies.list_rules())}
    for name in names:
        rules.update(oslo_policy.Rules.load(tree.read(name)))
    enforcer.set_rules(rules, use_conf=False)
    if enforcer.check_rules():
        yield findings.ok(f'{", ".join(names)} can be read')
    else:
        yield findings.warning(
            f'{", ".join(names)}: a rule refers to an undefined one or to itself, and denies '
            'everybody; oslopolicy-validator --namespace nova_ext names it.')


def _parse(text: str) -> tuple[dict[str, Any], str]:
    """The rules of a file, and what is wrong with it; empty: nothing."""
    try:
        rules = oslo_policy.parse_file_contents(text)
    except ValueError as error:
        return {}, ' '.join(str(error).split())
    if not isinstance(rules, dict) or not all(isinstance(name, str) for name in rules):
        return {}, 'it is no mapping of names to rules'
    return rules, ''


def _is_wrong(text: Any) -> bool:
    """Whether a rule cannot be parsed; oslo.policy makes it one that denies everybody."""
    if not isinstance(text, str):
        return not isinstance(text, list)  # of words, the form before oslo.policy had one
    rule = oslo_policy.RuleDefault('any', text)
    return str(rule.check) == '!' and text != '!'
