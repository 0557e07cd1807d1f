# SPDX-License-Identifier: Apache-2.0
"""``nova-ext-exporter``: runs until SIGTERM or SIGINT.

It ends with 0 then, at once; with 1 when there is no such cloud, its address is taken, or no
thread can be started; with 2 when its command line is wrong.
"""

from __future__ import annotations

import itertools
import logging
import signal
import sys
from collections.abc import Iterable, Sequence
from typing import Optional

from nova_ext.cli import exceptions
from nova_ext.concurrency import background
from nova_ext.exporter import blocks, clouds, health, refresher, server, settings
from nova_ext.exporter.store import Store

LOG = logging.getLogger(__name__)

_ENDING = {signal.SIGTERM, signal.SIGINT}


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the exporter.

    :param arguments: None: those of the process
    :returns: the exit status
    """
    wanted = settings.parse(arguments)
    _log(wanted)
    store = Store(wanted.max_age)
    try:
        import prometheus_client  # noqa: F401

        adapter = clouds.connect(wanted)
        listening = server.Server(wanted.address, wanted.port, lambda: _read(store, wanted))
    except ModuleNotFoundError as error:
        return _fail(f'The exporter needs the Python package {error.name}: install nova-ext with '
                     'its extra "exporter".')
    except exceptions.ClientError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f'Cannot listen at {wanted.address}:{wanted.port}: {error.strerror}.')
    # Blocked in every thread: this one waits for them.
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    threads = (background.start('exporter', refresher.Refresher(wanted, adapter, store).run),
               background.start('exporter-server', listening.serve_forever))
    for thread in threads:
        if thread.done():  # neither ends by itself
            return _fail(f'Cannot start: {thread.exception()}.')
    LOG.info('Serving at %s port %d, asking every %g s', *listening.server_address[:2],
             wanted.interval)
    LOG.info('Ending because of %s', signal.Signals(signal.sigwait(_ENDING)).name)
    return 0


def _read(store: Store, wanted: settings.Settings) -> Iterable[blocks.Block]:
    """What a scrape gets: the exporter's own figures, how hosts are, and those of servers."""
    known = store.read()
    return blocks.join(itertools.chain(
        [blocks.split(health.describe(known, wanted)), known.listed_parts],
        (host.figures.parts for host in known.hosts.values() if host.figures is not None)))


def _log(wanted: settings.Settings) -> None:
    """Log to stderr; what libraries have to say of each request only if something is wrong."""
    logging.basicConfig(
        stream=sys.stderr, format='%(asctime)s %(levelname)s %(name)s %(message)s')
    logging.getLogger('nova_ext').setLevel(logging.DEBUG if wanted.debug else logging.INFO)


def _fail(text: str) -> int:
    print(f'nova-ext-exporter: {text}', file=sys.stderr)
    return 1
