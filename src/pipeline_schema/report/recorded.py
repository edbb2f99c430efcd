"""``run.json`` read item by item: a run over 100,000 images must not have to fit into memory to be looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from pipeline_schema.errors import UsageError
from pipeline_schema.run.batch.record import ItemRecord, RunHeader

__all__ = ["Recorded"]

_CHUNK_BYTES = 2**20
# A whole string, one whose end has not been read yet, or what opens and closes.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|"|[\[\]{}]', re.DOTALL)
# Within an item only its braces matter, and there are few: all up to the next one at once.
_BRACE = re.compile(rb'(?:[^{}"]++|"(?:[^"\\]++|\\.)*+")*+([{}])', re.DOTALL)
_item = msgspec.json.Decoder(ItemRecord)
_head = msgspec.json.Decoder(RunHeader)


class Recorded:
    """A record, whose items come one by one.

    Parameters
    ----------
    path : Path
        Of a ``run.json``.

    Attributes
    ----------
    head : RunHeader
        Everything but the items; there when all items have come.
    """

    head: RunHeader

    def __init__(self, path: Path) -> None:
        self._path = path

    def __iter__(self) -> Iterator[ItemRecord]:
        """The items, in the order in which they ran.

        Raises
        ------
        UsageError
            If the file can't be read, or is no record.
        """
        head = bytearray()
        try:
            for is_item, text in _split(self._path):
                if is_item:
                    yield _item.decode(text)
                else:
                    head += text
            self.head = _head.decode(head)
        except OSError as error:
            raise UsageError(f"{self._path} can't be read: {error.strerror or error}") from error
        except msgspec.DecodeError as error:
            raise UsageError(f"{self._path} is no record of a run, or is damaged: {error}") from error
        if not self.head.format.startswith("pipeline-run/"):
            raise UsageError(f"{self._path} is no record of a run: its format is {self.head.format!r}")


def _split(path: Path) -> Iterator[tuple[bool, bytes]]:
    """The text of each item (True), and what stands around them (False): a record that has no items."""
    with path.open("rb") as file:
        text, depth, within = b"", 0, False
        # Where the text begins that was not given out yet, and where the next token is looked for.
        start, at = 0, 0
        last = b""
        while chunk := file.read(_CHUNK_BYTES):
            text, at, start = text[start:] + chunk, at - start, 0
            while found := _BRACE.match(text, at) if depth > 2 and within else _TOKEN.search(text, at):
                token = found[found.lastindex or 0]
                if token == b'"':
                    break
                at = found.end()
                if token in b"[{":
                    depth += 1
                    if depth == 2 and token == b"[" and last == b'"items"':
                        yield False, text[start:at]
                        within, start = True, at
                    elif within and depth == 3:
                        start = found.start()
                elif token in b"]}":
                    if within and depth == 3:
                        yield True, text[start:at]
                        start = at
                    elif within and depth == 2:
                        within, start = False, found.start()
                    depth -= 1
                elif depth == 1:
                    last = token
        yield False, text[start:]
