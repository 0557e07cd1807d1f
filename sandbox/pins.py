"""The pinned packages of each environment, and how they are renewed."""

import pathlib
import re
import tempfile

from sandbox import settings
from sandbox.installing import pip, run

REQUIREMENTS = pathlib.Path(__file__).with_name('requirements')


def known_series() -> list[str]:
    """Return the Nova series that we have pins for, the newest first."""
    names = (path.stem.partition('-')[2] for path in REQUIREMENTS.glob('nova-[0-9]*.txt'))
    return sorted(names, key=int, reverse=True)


def read(name: str) -> str:
    """Return the pinned lines of an environment without the comments."""
    lines = (REQUIREMENTS / f'{name}.txt').read_text().splitlines()
    return ''.join(f'{line}\n' for line in lines if line and not line.startswith('#'))


def freeze(name: str, constraints: pathlib.Path) -> pathlib.Path:
    """Resolve ``NAME.in`` under OpenStack's upper constraints; write the pins to ``NAME.txt``."""
    asked = REQUIREMENTS / f'{name}.in'
    lines = asked.read_text().splitlines()
    marker = '# not from the constraints:'
    left_out = {_normal(n) for line in lines if line.startswith(marker)
                for n in line.removeprefix(marker).split()}
    kept = [line for line in constraints.read_text().splitlines()
            if _normal(line.partition('===')[0]) not in left_out]
    with tempfile.TemporaryDirectory(prefix='freeze-') as folder:
        limits, venv = pathlib.Path(folder, 'constraints.txt'), pathlib.Path(folder, 'venv')
        limits.write_text('\n'.join(kept))
        run([settings.PYTHON, '-m', 'venv', str(venv)], 'apt install python3-venv')
        wanted = [line for line in lines if not line.startswith('#')]
        pip(venv, 'install', *(line for line in wanted if re.match('setuptools|wheel', line)))
        pip(venv, 'install', '--prefer-binary', '-c', str(limits), '-r', str(asked))
        pip(venv, 'check')
        frozen = pip(venv, 'freeze', '--all', '--exclude', 'pip')
    header = (f"# Made from {name}.in; do not edit. To renew, with OpenStack's constraints:\n"
              f'#   python3 -m sandbox.venvs freeze {name} --constraints upper-constraints.txt\n')
    target = REQUIREMENTS / f'{name}.txt'
    target.write_text(header + frozen)
    return target


def _normal(name: str) -> str:
    """Return the name of a distribution as the package index writes it."""
    return re.sub(r'[-_.]+', '-', name).lower()
