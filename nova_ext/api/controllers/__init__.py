# SPDX-License-Identifier: Apache-2.0
"""The API's controllers, one file a noun, found through stevedore."""
