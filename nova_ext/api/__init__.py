# SPDX-License-Identifier: Apache-2.0
"""The API half: a WSGI filter in front of Nova's own application."""
