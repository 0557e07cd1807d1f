"""Starts hosts whose roots are layers of Debian's packages."""

import pathlib
from collections.abc import Sequence

from sandbox import namespaces, settings
from sandbox.hosts import Host

FOLDER = settings.CLOUD / 'roots'


def start(host: Host, others: Sequence[Host], layers: Sequence[pathlib.Path],
          folder: pathlib.Path = FOLDER, *, tied: bool = False) -> pathlib.Path:
    """Start a host; return the directory of what is changed in its root.

    :param others: all hosts of the cloud, of which the first must have been started
    :param layers: the topmost first; they are not changed
    :param folder: where the changes are kept
    :param tied: whether the host ends with who has started it
    """
    changes = folder / host.name
    for name in ('upper', 'work', 'root'):
        (changes / name).mkdir(parents=True)
    # At the same paths, for what the sandbox looks at from outside.
    shown = [str(path) for path in (host.directory, host.log_dir)]
    namespaces.start(host, others, {
        'root': {'layers': [str(layer) for layer in layers], 'changes': str(changes / 'upper'),
                 'work': str(changes / 'work'), 'mountpoint': str(changes / 'root')},
        'binds': [[path, path] for path in shown],
    }, tied=tied)
    return changes / 'upper'
