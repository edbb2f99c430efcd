"""A record is read item by item, whatever stands in it, and what is no record is told."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline_schema.errors import UsageError
from pipeline_schema.report import recorded
from pipeline_schema.report.recorded import Recorded
from pipeline_schema.run.batch.record import ItemRecord, RunHeader, RunRecord
from pipeline_schema.run.channel.messages import ErrorRecord

_HEAD = RunRecord(
    folder="/o", digest="d", name='"items": [{', total=3, settings={"items": [{"items": "]}"}]}, axes=None, versions={},
    functions={}, functions_files=[], catalog_digest="c", platform="p", started="s", folders={"items": "]"}, items=[],
)  # fmt: skip


def _item(name: str) -> ItemRecord:
    error = ErrorRecord(type="E", module="m", message='} ] " \\" { [ \\', traceback="x\n" * 50 + name)
    return ItemRecord(name=name, state="failed", inputs={}, seconds=0.5, error=error)


def _write(path: Path, record: RunRecord, **options: Any) -> Path:
    path.write_text(json.dumps(msgspec.to_builtins(record), **options), encoding="utf-8")
    return path


@pytest.mark.parametrize("chunk", [1, 7, 64, 2**20])
@pytest.mark.parametrize("options", [{}, {"indent": 2}, {"separators": (",", ":")}], ids=["plain", "indented", "dense"])
def test_items_and_head_come_whole(
    tmp_path: Path, chunk: int, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever a read ends and however the file is laid out, all items and all else come as they were written."""
    monkeypatch.setattr(recorded, "_CHUNK_BYTES", chunk)
    record = msgspec.structs.replace(_HEAD, items=[_item(name) for name in ("a", "é", '"')])
    read = Recorded(_write(tmp_path / "run.json", record, **options))
    assert list(read) == record.items
    assert msgspec.structs.asdict(read.head) == {name: getattr(_HEAD, name) for name in RunHeader.__struct_fields__}


def test_memory_does_not_grow_with_the_items(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record of 2 MB is read in less than a tenth of that, most of which is the piece that is read at once."""
    monkeypatch.setattr(recorded, "_CHUNK_BYTES", 2**15)
    record = msgspec.structs.replace(_HEAD, items=[_item(f"item{i}") for i in range(8_000)])
    path = tmp_path / "run.json"
    path.write_bytes(msgspec.json.encode(record))
    assert path.stat().st_size > 2e6
    del record
    tracemalloc.start()
    assert sum(1 for _ in Recorded(path)) == 8_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2e5


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"not json", b'{"format": "other/1", "items": []}'])
def test_what_is_no_record_is_told(tmp_path: Path, text: bytes) -> None:
    """Anything else of that name is refused, by its path."""
    (tmp_path / "run.json").write_bytes(text)
    with pytest.raises(UsageError, match=r"run\.json"):
        list(Recorded(tmp_path / "run.json"))


def test_a_torn_record_is_told(tmp_path: Path) -> None:
    """A record that was cut anywhere is never taken for a whole one."""
    whole = msgspec.json.encode(msgspec.structs.replace(_HEAD, items=[_item("a"), _item("b")]))
    path = tmp_path / "run.json"
    for cut in range(0, len(whole), 13):
        path.write_bytes(whole[:cut])
        with pytest.raises(UsageError):
            list(Recorded(path))
