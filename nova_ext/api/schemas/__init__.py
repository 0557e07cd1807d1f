# SPDX-License-Identifier: Apache-2.0
"""JSON schemas of requests, one file for each resource, compiled when they are imported."""
