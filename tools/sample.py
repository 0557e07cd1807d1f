# SPDX-License-Identifier: Apache-2.0
"""Renews the sample files in etc/ from the options and rules themselves.

To be run from the checkout::

    python3 -m tools.sample [--check]
"""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile

from sandbox import settings, venvs

ETC = settings.CHECKOUT / 'etc/nova_ext'

#: Sample file: the tool that makes it, with its own options.
SAMPLES = {
    'nova-ext.conf.sample': ('oslo-config-generator', '--wrap-width', '100'),
    'policy.yaml.sample': ('oslopolicy-sample-generator',),
}


def main() -> int:
    """Write the samples; with --check only say which are out of date."""
    stale = []
    for name, tool in SAMPLES.items():
        text = _generate(*tool)
        if not (ETC / name).exists() or (ETC / name).read_text() != text:
            stale.append(name)
            if '--check' not in sys.argv:
                (ETC / name).write_text(text)
    if stale and '--check' in sys.argv:
        print(f'Out of date: {", ".join(stale)}. Run `make sample`.')
        return 1
    return 0


def _generate(tool: str, *options: str) -> str:
    with tempfile.TemporaryDirectory(prefix='sample-') as folder:
        output = pathlib.Path(folder, 'sample')
        subprocess.run(
            [str(venvs.test_venv() / 'bin' / tool), *options, '--namespace', 'nova_ext',
             '--output-file', str(output)], check=True, capture_output=True, timeout=120,
            cwd='/')
        return output.read_text()


if __name__ == '__main__':
    sys.exit(main())
