# SPDX-License-Identifier: Apache-2.0
"""JSON schemas of answers, one file for each resource."""
