# SPDX-License-Identifier: Apache-2.0
"""``nova_ext.IronicDriver``, over Nova's own driver, against a real ironic; no cloud is needed."""
