# SPDX-License-Identifier: Apache-2.0
"""What tests of the samples in the API reference share."""

from __future__ import annotations

import json
import os
from typing import Any

from nova_ext.api import down_cells, microversions
from nova_ext.db.record import Record
from sandbox import settings
from tests.unit import base

SAMPLES = settings.CHECKOUT / 'api_ref/samples'

DOWN_CELLS = down_cells.name_all([
    Record(uuid='d3b1c9a4-5d8e-4c21-8a64-7d3a2c5b9e01', name='cell2')])


def is_newest(version: str) -> bool:
    """Whether a version is served; samples are of the newest."""
    return version in microversions.VERSIONS


class SamplesTestCase(base.TestCase):
    """Compares with a sample, or writes it."""

    def assert_is_sample(self, name: str, body: dict[str, Any]) -> None:
        text = json.dumps(body, indent=4) + '\n'
        if os.environ.get('REGENERATE'):
            (SAMPLES / name).write_text(text)
        self.assertEqual((SAMPLES / name).read_text(), text)
