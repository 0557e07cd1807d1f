# SPDX-License-Identifier: Apache-2.0
"""What ``nova-ext-status upgrade check`` looks at, each in a module of its own."""
