"""How many workers, and how much memory."""

from __future__ import annotations

import pytest

from pipeline_schema.errors import UsageError
from pipeline_schema.run.engines import capacity
from pipeline_schema.run.engines.capacity import default_workers, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [("100000", 100000), ("512M", 512 * 2**20), ("4G", 2**32), ("4GiB", 2**32), ("1.5 GB", 1500000000), ("10b", 10)],
)
def test_sizes_read_as_people_write_them(text: str, size: int) -> None:
    """A letter is a power of 1024, and so with iB; with B alone it is one of 1000."""
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "much", "-1G", "0", "4X", "1e9"])
def test_what_is_no_size_is_wrong_usage(text: str) -> None:
    """Anything else is said, with how to write it."""
    with pytest.raises(UsageError, match="512M"):
        parse_size(text)


@pytest.mark.parametrize(("cores", "memory", "workers"), [(8, 2**36, 8), (8, 3 * 2**30, 3), (4, 2**20, 1)])
def test_small_memory_has_fewer_workers(monkeypatch: pytest.MonkeyPatch, cores: int, memory: int, workers: int) -> None:
    """One a core, as long as each has a GiB; at least one."""
    monkeypatch.setattr(capacity, "_cores", lambda: cores)
    monkeypatch.setattr(capacity, "available_memory", lambda: memory)
    assert default_workers() == workers
