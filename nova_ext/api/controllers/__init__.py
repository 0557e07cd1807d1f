# SPDX-License-Identifier: Apache-2.0
"""The API's controllers, one file for each resource, found through stevedore."""
