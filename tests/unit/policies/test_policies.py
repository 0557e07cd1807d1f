# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import pathlib
import re

import pytest
import yaml
from oslo_policy import generator, policy

from nova_ext import policies

RULES = pytest.mark.parametrize('rule', policies.list_rules(), ids=lambda rule: str(rule.name))


@RULES
def test_every_rule_has_a_name_of_ours_and_guards_operations(
        rule: policy.DocumentedRuleDefault) -> None:
    assert re.fullmatch(r'nova_ext:[a-z_]+:[a-z_]+', rule.name)
    assert rule.operations
    for operation in rule.operations:
        assert operation['method'] in ('GET', 'POST', 'PUT', 'PATCH', 'DELETE')
        assert operation['path'].startswith('/')


@RULES
def test_every_rule_is_described_in_a_sentence(rule: policy.DocumentedRuleDefault) -> None:
    assert len(rule.description) > 30
    assert rule.description.endswith('.')


@RULES
def test_every_rule_says_whose_tokens_it_is_for(rule: policy.DocumentedRuleDefault) -> None:
    assert rule.scope_types == ['project']


def test_no_name_is_given_twice() -> None:
    names = [rule.name for rule in policies.list_rules()]
    assert len(set(names)) == len(names) > 0


def test_the_sample_generator_writes_every_rule(tmp_path: pathlib.Path) -> None:
    sample = tmp_path / 'policy.yaml.sample'
    generator.generate_sample(['--namespace', 'nova_ext', '--output-file', str(sample)])
    text = sample.read_text()
    assert yaml.safe_load(text) is None  # every rule is commented out
    enabled = yaml.safe_load(re.sub(r'^#(?=")', '', text, flags=re.MULTILINE))
    assert enabled == {rule.name: rule.check_str for rule in policies.list_rules()}
