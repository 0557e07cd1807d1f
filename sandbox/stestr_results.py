"""Prints the last run in a stestr workspace as JSON: id, status, reason and seconds of each test.

Runs with the Python of an environment that has stestr: `stestr_results.py WORKSPACE`.
"""

import inspect
import json
import sys
from typing import Any

import testtools
from stestr.repository import util


def main(workspace: str) -> None:
    """Print them."""
    found: list[dict[str, Any]] = []

    def note(test: Any) -> None:
        details = {name: content.as_text() for name, content in test['details'].items()}
        began, ended = (*test['timestamps'], None, None)[:2]
        found.append({
            'id': test['id'], 'status': test['status'],
            'reason': details.get('reason') or details.get('traceback') or '',
            'seconds': (ended - began).total_seconds() if began and ended else 0.0})

    result = testtools.StreamToDict(note)
    result.startTestRun()
    # Older ones want a type; the newest calls it deprecated.
    wanted = inspect.signature(util.get_repo_open).parameters['repo_type']
    kind = ['file'] if wanted.default is wanted.empty else []
    try:
        util.get_repo_open(*kind, repo_url=workspace).get_latest_run().get_test().run(result)
    finally:
        result.stopTestRun()
    json.dump(found, sys.stdout)


main(*sys.argv[1:])
