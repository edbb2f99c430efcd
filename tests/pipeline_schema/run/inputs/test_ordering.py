"""Names in order, and each once, without memory that grows."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_schema.errors import OutputError
from pipeline_schema.run.inputs.ordering import Once, in_order, temporary_database

# What a name can be on Linux: any bytes but these two.
_names = st.binary(min_size=1, max_size=20).map(lambda raw: os.fsdecode(raw.replace(b"\0", b"0")))


@given(st.lists(_names.filter(lambda name: "//" not in name and name.strip("/"))))
def test_paths_are_sorted_by_their_parts(paths: list[str]) -> None:
    """The order is that of sorted paths, also for names that are no text: none is lost, none doubled."""
    assert list(in_order(paths)) == sorted(paths, key=lambda path: [os.fsencode(part) for part in path.split("/")])


def test_what_is_in_one_folder_stays_together() -> None:
    """A folder's content is not torn apart by a folder whose name goes on with a sign."""
    paths = ["a-b/1", "a/2", "a/1", "a.c/1"]
    assert list(in_order(paths)) == ["a/1", "a/2", "a-b/1", "a.c/1"]
    assert list(in_order(paths)) == [path.as_posix() for path in sorted(map(Path, paths))]


@given(st.lists(_names))
def test_each_text_is_new_once(texts: list[str]) -> None:
    """The first of equal texts is new; later ones get what was said of it."""
    with temporary_database() as database:
        once = Once(database)
        for at, text in enumerate(texts):
            first = texts.index(text)
            assert once.first(text, str(at)) == (None if first == at else str(first))


def test_memory_stays_flat() -> None:
    """Sorting many names takes no more memory than sorting few."""

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in in_order(f"image-{at % 977:06d}-{at}.tif" for at in range(count)):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(20_000) < peak(200) + 50_000


def test_a_full_disk_is_said_so() -> None:
    """Where the names don't fit, the error is ours and says what was to be done."""

    def fill() -> None:
        with temporary_database() as database:
            database.execute("PRAGMA max_page_count = 4")
            once = Once(database)
            for at in range(9_999):
                once.first(f"{at:0100}")

    with pytest.raises(OutputError, match="can't hold the names of all inputs"):
        fill()
