# SPDX-License-Identifier: Apache-2.0
"""The rules and their documentation."""

from __future__ import annotations

import re

import ddt
import yaml
from oslo_policy import generator, policy

from nova_ext import policies
from tests.unit import base

NAMES = [rule.name for rule in policies.list_rules()]


@ddt.ddt
class TestRules(base.TestCase):
    def get_rule(self, name: str) -> policy.DocumentedRuleDefault:
        [rule] = [rule for rule in policies.list_rules() if rule.name == name]
        return rule

    @ddt.data(*NAMES)
    def test_rule_has_a_name_in_our_namespace_and_guards_operations(self, name: str) -> None:
        self.assertTrue(re.fullmatch(r'nova_ext:[a-z_]+:[a-z_]+', name), name)
        operations = self.get_rule(name).operations
        self.assertTrue(operations)
        for operation in operations:
            self.assertIn(operation['method'], ('GET', 'POST', 'PUT', 'PATCH', 'DELETE'))
            self.assertTrue(operation['path'].startswith('/'), operation)

    @ddt.data(*NAMES)
    def test_rule_is_described_in_a_sentence(self, name: str) -> None:
        description = self.get_rule(name).description
        self.assertGreater(len(description), 30)
        self.assertTrue(description.endswith('.'), description)

    @ddt.data(*NAMES)
    def test_rule_is_for_project_scoped_tokens(self, name: str) -> None:
        self.assertEqual(['project'], self.get_rule(name).scope_types)

    def test_names_are_unique(self) -> None:
        self.assertGreater(len(NAMES), 0)
        self.assertEqual(len(set(NAMES)), len(NAMES))

    def test_sample_generator_writes_every_rule_commented_out(self) -> None:
        sample = self.make_directory() / 'policy.yaml.sample'
        generator.generate_sample(['--namespace', 'nova_ext', '--output-file', str(sample)])
        text = sample.read_text()
        self.assertIsNone(yaml.safe_load(text))
        enabled = yaml.safe_load(re.sub(r'^#(?=")', '', text, flags=re.MULTILINE))
        self.assertEqual({rule.name: rule.check_str for rule in policies.list_rules()}, enabled)
