"""Files that a document names: only inside its folder, only what was meant, and never more than fits."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import threading
import time
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from pipeline_schema import named_files
from pipeline_schema.array_files import read_array
from pipeline_schema.named_files import FileError
from pipeline_schema.values import File

MIB = 1024 * 1024
FLAT = np.arange(6, dtype=np.uint16).reshape(2, 3)


def npy(array: Any, **options: Any) -> bytes:
    """An array as the bytes of a .npy file."""
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def with_header(header: str, body: bytes = b"") -> bytes:
    """A .npy file with any header."""
    text = header.encode() + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + body


def tiff(array: Any, **options: Any) -> bytes:
    """An array as the bytes of a TIFF file."""
    stream = io.BytesIO()
    tifffile.imwrite(stream, array, **options)
    return stream.getvalue()


def put(path: Path, data: bytes) -> File:
    """Write a file, and name it as a document in `tmp_path` would."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return File(path.name, hashlib.sha256(data).hexdigest())


def refusal(file: File, folder: Path) -> FileError:
    with pytest.raises(FileError) as caught:
        read_array(file, folder)
    return caught.value


@pytest.mark.parametrize(
    "array",
    [
        FLAT,
        FLAT.astype(">f4"),
        np.asfortranarray(FLAT),
        np.zeros((0, 3), np.complex64),
        np.float64(2.5),
        np.array([True, False]),
        np.arange(5, dtype=np.float16),
    ],
)
def test_what_numpy_writes_is_read_as_it_was(array: Any, tmp_path: Path) -> None:
    """Any dtype of a document, either byte order, either memory order, any shape."""
    found = read_array(put(tmp_path / "a.npy", npy(array)), tmp_path)
    assert np.array_equal(found, array)
    assert found.dtype == np.asarray(array).dtype.newbyteorder("=")
    assert found.dtype.isnative


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "zstd", "lzma"])
def test_tiff_files_are_read(compression: str | None, tmp_path: Path) -> None:
    """Plain and compressed without loss, of one page or several."""
    stack = np.stack([FLAT, FLAT + 1])
    assert np.array_equal(read_array(put(tmp_path / "a.tif", tiff(stack, compression=compression)), tmp_path), stack)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x93NUMPY",
        b"not an array",
        npy(FLAT)[:-1],
        npy(FLAT) + b"\0",
        npy(np.array([{}, 1], dtype=object), allow_pickle=True),
        npy(np.zeros(2, dtype=[("a", "u1")])),
        npy(np.array(["text"])),
        npy(np.array(["2001-01-01"], dtype="M8[D]")),
        npy(np.array([b"bytes"])),
        npy(np.zeros(2, np.longdouble)),
        with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }"),
        with_header(
            "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 4611686018427387904, 4611686018427387904), }"
        ),
        with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999999999999, 9999999999999999999), }"),
        with_header("{'descr': '|u1', 'fortran_order': False, 'shape': (" + "1, " * 65 + "), }", b"\0"),
        with_header("{'descr': '|u1', 'fortran_order': False, 'shape': (-1,), }", b"\0"),
        with_header("{'descr': '|u99999999999', 'fortran_order': False, 'shape': (1,), }", b"\0"),
        with_header("{'descr': __import__('os').system('id'), 'fortran_order': False, 'shape': (1,), }", b"\0"),
        with_header("-" * 60_000 + "1"),
        with_header("(" * 60_000),
        with_header(" " * 60_000),
    ],
    ids=str,
)
def test_what_is_no_array_of_numbers_is_refused(data: bytes, tmp_path: Path) -> None:
    """Pickles, structured and other dtypes, headers that lie or are code: nothing is run, nothing large allocated."""
    file = put(tmp_path / "a.npy", data)
    tracemalloc.start()
    error = refusal(file, tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.code == "payload-error"
    assert peak < 8 * MIB


def directory(width: int, height: int, following: int, *, strip: bytes = b"", compression: int = 8) -> bytes:
    """A TIFF file of one page that claims this size, and names where the next page is."""
    tags = [
        (256, width),
        (257, height),
        (258, 8),
        (259, compression),
        (262, 1),
        (273, 200),
        (278, height),
        (279, len(strip)),
    ]
    body = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    head = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + body + struct.pack("<I", following)
    return head.ljust(200, b"\0") + strip


TIFF_BOMBS = {
    "a size that nobody has": directory(2**31, 2**31, 0),
    "a size beyond the limit": directory(2**20, 2**15, 0, strip=zlib.compress(bytes(MIB))),
    "more in a strip than the page holds": directory(10, 10, 0, strip=zlib.compress(bytes(256 * MIB))),
    "a page that follows itself": directory(10, 10, 8, strip=zlib.compress(bytes(100))),
    "pages without end": b"II*\0\x08\0\0\0" + b"".join(struct.pack("<HI", 0, 14 + 6 * i) for i in range(200_000)),
    "a compression that says no size": tiff(np.zeros((16, 16), np.uint8), compression="jpeg"),
    "no page": b"II*\0\0\0\0\0",
    "no TIFF": b"II*\0",
}


@pytest.mark.parametrize("name", TIFF_BOMBS)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_tiff_bombs_are_refused_or_read_for_little(name: str, tmp_path: Path) -> None:
    """Whatever its tags claim, a file costs little; what is read has the size that its page says."""
    file = put(tmp_path / "a.tif", TIFF_BOMBS[name])
    started = time.process_time()
    tracemalloc.start()
    try:
        outcome: Any = read_array(file, tmp_path).size
    except FileError as error:
        outcome = error.code
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert outcome in ("payload-error", "limit-exceeded", 100)
    assert peak < 64 * MIB
    assert time.process_time() - started < 5


def test_a_file_is_the_one_that_was_meant(tmp_path: Path) -> None:
    """Another file of the same name is refused, and the message says its hash."""
    file = put(tmp_path / "a.npy", npy(FLAT))
    changed = put(tmp_path / "a.npy", npy(FLAT + 1))
    error = refusal(file, tmp_path)
    assert (error.code, changed.sha256 in str(error)) == ("payload-error", True)


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size is asked before anything is read; a file that grows meanwhile is cut off."""
    monkeypatch.setattr(named_files, "MAX_FILE_BYTES", 100)
    assert refusal(put(tmp_path / "a.npy", npy(np.zeros(100))), tmp_path).code == "limit-exceeded"
    with pytest.raises(FileError, match="more than the 100 bytes"):
        named_files._read_within_limit(io.BufferedReader(io.BytesIO(bytes(4 * MIB))), 1, "a.npy", len)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="this system has no symbolic links")
def test_links_lead_nowhere_else(tmp_path: Path) -> None:
    """A link out of the folder is refused, of the file or of a folder on the way; one that stays inside is followed."""
    folder, outside = tmp_path / "documents", tmp_path / "outside"
    file = put(outside / "a.npy", npy(FLAT))
    folder.mkdir()
    (folder / "a.npy").symlink_to(outside / "a.npy")
    (folder / "sub").symlink_to(outside)
    for path in ("a.npy", "sub/a.npy"):
        assert refusal(File(path, file.sha256), folder).code == "path-error"
    put(folder / "real" / "a.npy", npy(FLAT))
    (folder / "link").symlink_to(folder / "real")
    assert np.array_equal(read_array(File("link/a.npy", file.sha256), folder), FLAT)
    # The folder itself may be reached by a link.
    (tmp_path / "way").symlink_to(folder)
    assert np.array_equal(read_array(File("real/a.npy", file.sha256), tmp_path / "way"), FLAT)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="where a descriptor leads is only asked on Linux")
def test_a_link_that_is_put_there_meanwhile_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between looking and opening the folder becomes a link out: what was opened tells where it is."""
    folder, outside = tmp_path / "documents", tmp_path / "outside"
    file = put(outside / "a.npy", npy(FLAT))
    put(folder / "a.npy", npy(FLAT))
    (folder / "sub").mkdir()
    put(folder / "sub" / "a.npy", npy(FLAT))
    real_open = os.open

    def swapping(path: Any, *args: Any) -> int:
        (folder / "sub").rename(folder / "old")
        (folder / "sub").symlink_to(outside)
        return real_open(path, *args)

    monkeypatch.setattr(os, "open", swapping)
    assert refusal(File("sub/a.npy", file.sha256), folder).code == "path-error"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    """A named pipe that nobody writes to, a folder: refused at once."""
    os.mkfifo(tmp_path / "pipe.npy")
    (tmp_path / "folder.npy").mkdir()
    for name in ("pipe.npy", "folder.npy", "none.npy"):
        found: list[FileError] = []

        def ask(name: str = name, found: list[FileError] = found) -> None:
            found.append(refusal(File(name, "0" * 64), tmp_path))

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        thread.join(30)
        assert found[0].code == "path-error"
