# SPDX-License-Identifier: Apache-2.0
"""Check strings that several rules share."""

#: The deployment's administrators. Nova defines the rule; a deployment that overrides it in
#: its policy file changes nova-ext with it.
ADMIN_API = 'rule:admin_api'
