# SPDX-License-Identifier: Apache-2.0
"""Numbers of Nova's records, as requests name them."""

from __future__ import annotations

from typing import Optional

import ddt

from nova_ext.db import ids
from tests.unit import base


@ddt.ddt
class TestParse(base.TestCase):
    @ddt.data(
        ('0', 0), ('17', 17), ('2147483647', 2147483647), ('00000000000000000000000017', 17),
        ('2147483648', None), ('9' * 5000, None), ('', None), ('-1', None), ('1.0', None),
        (' 1', None), ('٣', None), ('²', None), ('a', None))
    @ddt.unpack
    def test_number_is_one_that_a_column_takes(self, text: str, number: Optional[int]) -> None:
        self.assertEqual(number, ids.parse(text))
