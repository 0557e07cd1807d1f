# SPDX-License-Identifier: Apache-2.0
"""What a domain's ``<metadata>`` says of the server that it belongs to.

There are two elements: Nova's own block, whose readers know it, with the right values, and one of
nova-ext's. Both are in the live and in the persistent XML, and are written only when something
that they say has changed.
"""
