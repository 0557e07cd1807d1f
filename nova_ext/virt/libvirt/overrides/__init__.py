# SPDX-License-Identifier: Apache-2.0
"""What the compute driver does otherwise than Nova's: each method of Nova's is overridden once.

``operations.py`` has what Nova asks for about one server, ``moves.py`` what takes a server to
another host, ``configuration.py`` how a guest's configuration is made. Each override delegates to
a part of :class:`nova_ext.virt.libvirt.extensions.Extensions`, which knows nothing of Nova's
driver, and takes ``*args`` where releases of Nova differ; ``signatures.py`` gives it the signature
of the release that is installed. All of Nova that they rely on is listed in
:mod:`nova_ext.nova_compat`.
"""
