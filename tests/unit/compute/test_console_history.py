# SPDX-License-Identifier: Apache-2.0
"""Console histories as they are split, encoded and decoded for RPC."""

from __future__ import annotations

import base64
import json
import tracemalloc
import uuid
import zlib
from typing import Any, cast

import ddt
import hypothesis
from hypothesis import strategies

from nova_ext.compute import console_history
from nova_ext.conf import console
from tests.unit import base

TRANSFER = str(uuid.uuid4())


def pack(text: bytes) -> str:
    """Return the data of a piece as any host may send it."""
    return base64.b64encode(zlib.compress(text)).decode()


@ddt.ddt
class TestSplit(base.TestCase):
    def test_longest_history_that_can_be_configured_has_the_most_pieces(self) -> None:
        [most] = [cast(Any, option.type).max for option in console.OPTS
                  if option.name == 'console_history_bytes']
        self.assertEqual(console_history.MAX_PIECES, console_history.count(most))

    @ddt.data(1, 9, 10, 11, 20, 21)
    def test_pieces_put_together_are_the_history(self, length: int) -> None:
        self.patch(console_history, 'SIZE', 10)
        history = bytes(range(length))
        split = console_history.split(history)
        self.assertEqual(history, b''.join(piece.data for piece in split))
        self.assertEqual(list(range(len(split))), [piece.number for piece in split])
        self.assertEqual({len(split)}, {piece.total for piece in split})
        self.assertEqual(len(split), console_history.count(length))
        self.assertTrue(all(len(piece.data) == 10 for piece in split[:-1]))

    def test_nothing_has_no_pieces(self) -> None:
        self.assertEqual(([], 0), (console_history.split(b''), console_history.count(0)))

    def test_histories_differ_in_their_transfer(self) -> None:
        (one,), (other,) = console_history.split(b'a'), console_history.split(b'a')
        self.assertNotEqual(one.transfer, other.transfer)
        self.assertTrue(uuid.UUID(one.transfer))


@ddt.ddt
class TestDecode(base.TestCase):
    def refusal(self, **arguments: Any) -> str:
        """Assert that a piece is refused, and return why.

        :param arguments: those that differ from a good piece's
        """
        with self.assert_raises(ValueError) as caught:
            console_history.decode(**{'transfer': TRANSFER, 'number': 0, 'total': 1,
                             'data': pack(b'piece'), **arguments})
        return str(caught.exception)

    @hypothesis.given(strategies.binary(max_size=1000), strategies.integers(0, 9))
    def test_pieces_survive_the_message_bus(self, text: bytes, number: int) -> None:
        piece = console_history.Piece(TRANSFER, number, 10, text)
        sent = json.dumps(console_history.encode(piece))
        self.assertEqual(piece, console_history.decode(**json.loads(sent)))

    def test_the_largest_piece_is_read(self) -> None:
        text = b'x' * console_history.SIZE
        self.assertEqual(text, console_history.decode(TRANSFER, 0, 1, pack(text)).data)

    @ddt.data(
        '*', 'YQ', 'YQ==', '', pack(b'piece')[:-8], None, 7,
        base64.b64encode(zlib.compress(b'piece')[:-1]).decode(),
        base64.b64encode(b'x' + zlib.compress(b'piece')).decode(),
        base64.b64encode(zlib.compress(b'piece')[:-4] + b'0000').decode())
    def test_undecodable_data_are_refused(self, data: Any) -> None:
        self.assertIn('the piece', self.refusal(data=data))

    def test_data_that_are_not_ascii_are_refused(self) -> None:
        self.assertIn('only ASCII', self.refusal(data='é'))

    @ddt.data('x', '', '../../etc/passwd', '123', '0' * 31)
    def test_malformed_transfer_is_refused(self, transfer: str) -> None:
        self.assertIn('badly formed', self.refusal(transfer=transfer))

    def test_transfer_has_one_form(self) -> None:
        self.assertEqual(
            TRANSFER, console_history.decode(TRANSFER.upper(), 0, 1, pack(b'piece')).transfer)

    def test_too_long_piece_is_refused(self) -> None:
        self.assertIn(f'longer than {console_history.SIZE} bytes',
                      self.refusal(data=pack(b'x' * (console_history.SIZE + 1))))

    def test_decompression_bomb_does_not_fill_the_memory(self) -> None:
        bomb = pack(bytes(32 * 1024 * 1024))
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        self.assertIn('longer than', self.refusal(data=bomb))
        _, peak = tracemalloc.get_traced_memory()
        self.assertLess(peak, 8 * console_history.SIZE)

    @hypothesis.settings(max_examples=50)
    @hypothesis.given(
        strategies.text()
        | strategies.binary().map(lambda data: base64.b64encode(data).decode()))
    def test_any_text_is_decoded_or_raises_value_error(self, data: str) -> None:
        try:
            piece = console_history.decode(TRANSFER, 0, 1, data)
        except ValueError as error:
            self.assertTrue(str(error))
        else:
            self.assertLessEqual(len(piece.data), console_history.SIZE)
