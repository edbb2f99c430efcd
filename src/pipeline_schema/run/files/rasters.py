"""Arrays as files: OME-TIFF that other programs open, or ``.npy`` that is exact.

The type on disk is the one that image programs read: labels as the smallest unsigned integer that holds them, masks as
0 and 255. No value is changed to make it fit: what no type of TIFF holds is refused. OME-Zarr holds every type.
"""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from pipeline_schema.errors import OutputError
from pipeline_schema.run.files.pixel_size import PixelSize

if TYPE_CHECKING:
    import numpy as np

__all__ = ["on_disk", "shown", "write_npy", "write_tiff"]

# What OME-XML has a word for; other kinds of number are brought to one of them, exactly, or refused.
_LABEL_TYPES = ("uint8", "uint16", "uint32")
_SIGNED_TYPES = ("int8", "int16", "int32")
_OME_TYPES = frozenset({*_LABEL_TYPES, *_SIGNED_TYPES, "float32", "float64", "complex64", "complex128"})
_OME_ORDER = "TCZYXS"
# What offsets of 32 bits reach, less some room for tags.
_CLASSIC_BYTES = 2**32 - 2**25
_EXACT = "write it with --array-format npy, which is exact"


def on_disk(array: np.ndarray[Any, Any], kind: str, *, name: str) -> np.ndarray[Any, Any]:
    """The array in the type that a TIFF file gets.

    Parameters
    ----------
    array : array
    kind : str
        What the output is, as far as the catalog knows.
    name : str
        Of the output, for the message.

    Returns
    -------
    array
        Equal in value; masks alone become 0 and 255.

    Raises
    ------
    OutputError
        If no type of OME-TIFF holds the values.
    """
    import numpy as np

    array = shown(array, kind)
    if array.dtype.kind in "ui" and array.dtype.itemsize == 8:
        dtype = _smallest(array, ("int32", "uint32"))
        if dtype is None:
            raise OutputError(
                f"output {name!r} is {array.dtype} with values from {array.min()} to {array.max()}, more than TIFF's "
                f"32 bits hold; {_EXACT}"
            )
        return array.astype(dtype)
    if array.dtype == np.float16:
        return array.astype(np.float32)
    if array.dtype.name not in _OME_TYPES:
        raise OutputError(f"output {name!r} is of type {array.dtype}, which TIFF can't hold; {_EXACT}")
    return array


def shown(array: np.ndarray[Any, Any], kind: str) -> np.ndarray[Any, Any]:
    """The array as image programs show it: masks are 0 and 255, labels as small as they go; others stay.

    Parameters
    ----------
    array : array
    kind : str
        What the output is, as far as the catalog knows.
    """
    import numpy as np

    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if kind == "mask" and array.dtype.kind in "ui" and array.min() >= 0 and array.max() <= 1:
        # pyclesperanto's masks are 0 and 1.
        return array.astype(np.uint8) * np.uint8(255)
    if kind == "labels" and array.dtype.kind in "ui":
        return array.astype(_smallest(array, _LABEL_TYPES + _SIGNED_TYPES) or array.dtype, copy=False)
    return array


def _smallest(array: np.ndarray[Any, Any], names: tuple[str, ...]) -> str | None:
    """The first of these types of integers that holds all values; None if none does."""
    import numpy as np

    low, high = int(array.min()), int(array.max())
    return next((name for name in names if np.iinfo(name).min <= low and high <= np.iinfo(name).max), None)


def write_tiff(
    path: Path,
    array: np.ndarray[Any, Any],
    axes: str | None,
    pixel_size: PixelSize,
    channels: tuple[str, ...] = (),
) -> None:
    """Write a new TIFF file, compressed with deflate.

    Parameters
    ----------
    path : Path
        Must not exist.
    array : array
        Of a type that `on_disk` returns, not empty.
    axes : str or None
        With axes that OME knows the file is OME-TIFF, reordered to end with YX or YXS as OME wants; without, it is a
        plain TIFF that claims nothing about them.
    pixel_size : dict
        By axis; what `axes` does not have is left out.
    channels : tuple of str
        Names along axis C; left out if their number is another.
    """
    import tifffile

    metadata: dict[str, Any] | None = {}
    ome = axes is not None and "Y" in axes and "X" in axes
    if axes is not None and ome:
        order = "".join(letter for letter in _OME_ORDER if letter in axes)
        array = array.transpose([axes.index(letter) for letter in order])
        metadata = {"axes": order, "UUID": _uuid(array)}
        for axis, (size, unit) in pixel_size.items():
            if axis in order:
                metadata[f"PhysicalSize{axis}"] = size
                metadata[f"PhysicalSize{axis}Unit"] = unit
        if "C" in order and len(channels) == array.shape[order.index("C")]:
            metadata["Channel"] = {"Name": list(channels)}
        axes = order
    samples = axes is not None and ome and axes.endswith("S")
    with path.open("xb") as file:
        tifffile.imwrite(
            file,
            array,
            bigtiff=array.nbytes > _CLASSIC_BYTES,
            ome=ome,
            photometric="rgb" if samples and array.shape[-1] in (3, 4) else "minisblack",
            planarconfig="contig" if samples else None,
            compression="zlib",
            metadata=metadata,
            software="pipeline-schema",
        )


def write_npy(path: Path, array: np.ndarray[Any, Any]) -> None:
    """Write a new ``.npy`` file: the array as it is. Raises OutputError if it holds Python objects."""
    import numpy as np

    if array.dtype.hasobject:
        raise OutputError(f"{path.name} would hold Python objects, not numbers; give out something else")
    with path.open("xb") as file:
        # To a real file NumPy writes past Python, and what the system refused is told without its reason.
        np.lib.format.write_array(SimpleNamespace(write=file.write), array, allow_pickle=False)


def _uuid(array: np.ndarray[Any, Any]) -> str:
    import numpy as np

    # From the pixels: equal results are equal files. tifffile's own would name the machine's network card and the time.
    digest = hashlib.sha256()
    for plane in array if array.ndim > 2 else [array]:  # no second copy of all of them
        digest.update(np.ascontiguousarray(plane).reshape(-1).view(np.uint8).data)
    return str(uuid.uuid5(uuid.NAMESPACE_OID, digest.hexdigest()))
