# SPDX-License-Identifier: Apache-2.0
"""What the compute driver does otherwise than Nova's, a mixin for each subject.

Each override delegates to a module that knows nothing of Nova's driver, and takes ``*args`` where
releases of Nova differ; ``signatures.py`` gives it the signature of the release that is installed.
All of Nova that they lean on is listed in :mod:`nova_ext.nova_internals`.
"""
