"""OME-Zarr, read and written by the library zarr, which is an extra.

Zarr takes a chunk that is not there for one full of the fill value. That is how it leaves out what is empty, and what a
copy that was broken off looks like: so chunks are counted. What is written here has all of them, with checksums.
"""

from __future__ import annotations

import math
import stat
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_schema.errors import OutputError
from pipeline_schema.run.files.axes import KNOWN_AXES, UNKNOWN
from pipeline_schema.run.files.image import Image, image_error, native
from pipeline_schema.run.files.ngff import Node, below, describe, read_node
from pipeline_schema.run.files.pixel_size import PixelSize

if TYPE_CHECKING:
    import numpy as np

__all__ = ["files_in", "needs_zarr", "read_zarr", "write_zarr"]

# Rows and columns of a chunk: 2 MB of 16 bits.
_CHUNK = 1024


def needs_zarr() -> str | None:
    """What to install, where the library is not there."""
    return None if find_spec("zarr") else "pip install 'pipeline-schema[zarr]'"


def read_zarr(path: Path) -> Image:
    """Read an image of OME-Zarr 0.1 to 0.5, at its full resolution, or a bare array.

    Parameters
    ----------
    path : Path
        A folder: a group with multiscales, or an array.

    Raises
    ------
    ImageError
        If it is no image, is damaged, or has no chunk at all; or if the library is not installed.
    """
    if not path.exists():
        raise image_error(path, "does not exist")
    node = read_node(path)
    folder = path if node.is_array else below(path, _only_image(path, node))
    if (install := needs_zarr()) is not None:
        raise image_error(path, f"is OME-Zarr, which needs the library zarr: {install}")
    import numpy as np
    import zarr

    for _ in files_in(folder):
        pass  # what is no file is refused before anybody waits for it
    try:
        # As many workers as there are cores read at once.
        with zarr.config.set({"threading.max_workers": 1}):
            stored = zarr.open_array(store=str(folder), mode="r")
            # What is stored as one: a chunk, or a shard of several.
            unit = stored.shards or stored.chunks
            count = math.prod(-(-length // size) for length, size in zip(stored.shape, unit, strict=True))
            there = stored.nchunks_initialized * math.prod(stored.chunks) // math.prod(unit)
            # Without a chunk, no pixel is known, and memory for all would be asked for.
            array = np.asarray(stored[...]) if there or not count else None
    except (OSError, MemoryError):
        raise
    except Exception as error:
        # Codecs and metadata raise what they like.
        raise image_error(path, f"is a damaged Zarr store: {type(error).__name__}: {error}") from error
    if array is None:
        raise image_error(path, f"has none of its {count} chunks: it was not copied whole, or is empty throughout")
    notes = []
    if there < count:
        notes.append(f"{count - there} of {count} chunks are not there, and were read as {stored.fill_value}")
    if len(node.multiscales) > 1:
        notes.append(f"it has {len(node.multiscales)} multiscales; the first was read")
    axes = _axes(path, node, array.ndim)
    sizes = {} if node.is_array else node.multiscales[0].pixel_size()
    channels = node.channels
    at = axes.find("C")
    return Image(
        native(array),
        axes,
        sizes,
        tuple(notes),
        channels if at >= 0 and len(channels) == array.shape[at] else (),
    )


def _only_image(path: Path, node: Node) -> str:
    if node.multiscales and node.multiscales[0].datasets:
        return node.multiscales[0].datasets[0].path
    if node.plate or node.well:
        raise image_error(path, "is a plate of many images; give one of them, for example .../B/03/0")
    if node.labels:
        raise image_error(path, f"holds label images; give one of them: {', '.join(node.labels)}")
    raise image_error(path, "is a Zarr group without an image (no multiscales)")


def _axes(path: Path, node: Node, ndim: int) -> str:
    if node.is_array:
        names = node.dimension_names or [None] * ndim
        letters = [name.upper() if name and name.upper() in KNOWN_AXES else UNKNOWN for name in names]
        axes = "".join(letters) if all(len(letter) == 1 for letter in letters) else UNKNOWN * ndim
    else:
        axes = node.multiscales[0].letters(ndim)
    if len(axes) != ndim:
        raise image_error(path, f"has an array of {ndim} axes, and its metadata names {len(axes)}")
    return axes


def write_zarr(
    path: Path,
    array: np.ndarray[Any, Any],
    axes: str | None,
    pixel_size: PixelSize,
    channels: tuple[str, ...] = (),
    *,
    labels: bool = False,
) -> None:
    """Write a new folder of OME-Zarr 0.5, compressed with zstd, one resolution.

    Parameters
    ----------
    path : Path
        Must not exist.
    array : array
        Of numbers.
    axes : str or None
        Without them, or with some that OME-Zarr has no word for, the folder is a bare array that claims nothing more
        than it has. Colour samples are channels.
    pixel_size : dict
        By axis; what `axes` does not have is left out.
    channels : tuple of str
        Names along axis C.
    labels : bool
        Whether it is a label image.

    Raises
    ------
    OutputError
        If the library is not installed.
    """
    if (install := needs_zarr()) is not None:
        raise OutputError(f"{path.name} needs the library zarr: {install}")
    import zarr
    from zarr.codecs import ZstdCodec

    path.mkdir()
    described = None if axes is None else describe(axes, pixel_size, channels, array, labels=labels)
    names: list[str] | None = None
    if described is not None and axes is not None:
        array = array.transpose([axes.index(letter) for letter in described.order])
        names = described.names
        zarr.create_group(str(path), zarr_format=3, attributes={"ome": described.attributes})
    chunks = tuple(min(length, _CHUNK) if at >= array.ndim - 2 else 1 for at, length in enumerate(array.shape))
    stored = zarr.create_array(
        str(path),
        name="0" if described is not None else None,
        shape=array.shape,
        # By what it is: NumPy has two names for integers of 64 bits, and Zarr knows one; tifffile gives the other.
        dtype=array.dtype.str,
        chunks=chunks,
        compressors=ZstdCodec(level=3, checksum=True),
        dimension_names=names,
        fill_value=0,
        config={"write_empty_chunks": True},
    )
    stored[...] = array


def files_in(folder: Path) -> Iterator[Path]:
    """All files below a folder, in the order of their paths' parts; raises ImageError at what is neither."""
    for entry in sorted(folder.iterdir()):
        mode = entry.stat().st_mode
        if stat.S_ISREG(mode):
            yield entry
        elif stat.S_ISDIR(mode) and not entry.is_symlink():
            yield from files_in(entry)
        else:
            raise image_error(entry, "is neither a file nor a folder: a store of Zarr has nothing else in it")
