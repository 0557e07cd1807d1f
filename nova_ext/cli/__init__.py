# SPDX-License-Identifier: Apache-2.0
"""Commands for OpenStackClient, and a thin extension of novaclient.

Nothing here imports Nova or the rest of nova_ext: clients run where neither is.
"""
