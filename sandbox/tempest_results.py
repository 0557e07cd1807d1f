"""Prints the last run in a stestr workspace as JSON: the id, status and reason of each test.

Runs with the tempest environment's Python, which has stestr: `tempest_results.py WORKSPACE`.
"""

import json
import sys
from typing import Any

import testtools
from stestr.repository import util


def main(workspace: str) -> None:
    """Print them."""
    found: list[dict[str, str]] = []

    def note(test: dict[str, Any]) -> None:
        details = {name: content.as_text() for name, content in test['details'].items()}
        found.append({
            'id': test['id'], 'status': test['status'],
            'reason': details.get('reason') or details.get('traceback') or ''})

    result = testtools.StreamToDict(note)
    result.startTestRun()
    try:
        util.get_repo_open(repo_url=workspace).get_latest_run().get_test().run(result)
    finally:
        result.stopTestRun()
    json.dump(found, sys.stdout)


main(*sys.argv[1:])
