# SPDX-License-Identifier: Apache-2.0
"""Pages that never end."""

from __future__ import annotations

from typing import Any

from nova_ext.cli import exceptions, pages
from tests.unit import base


class TestPages(base.TestCase):
    def test_pages_that_lead_in_a_circle_raise(self) -> None:
        asked: list[Any] = []

        def ask(query: dict[str, Any]) -> dict[str, Any]:
            # In two cells there are hypervisors 1 to 3; behind 1 is what the first cell has.
            asked.append(query.get('marker'))
            self.assertLess(len(asked), 9)
            ids = {None: (1, 2), 2: (3, 1), 1: (2, 3), 3: (1, 2)}[asked[-1]]
            return {'hypervisors': [{'id': one} for one in ids], 'hypervisors_links': ['next']}

        with self.assert_raises(
                exceptions.ClientError, '^The API leads from page to page of hypervisors in a '
                                        'circle: again one ends with 2\\.$'):
            pages.read_all(ask, 'hypervisors', {}, identity='id')
        self.assertEqual([None, 2, 1, 3], asked)
