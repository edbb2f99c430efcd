"""Arrays as files: OME-TIFF that other programs open, or ``.npy`` that is exact.

The type on disk is the one that image programs read: labels as the smallest unsigned integer that holds them, masks as
0 and 255. No value is changed to make it fit: what no type of TIFF holds is refused.
"""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_schema.errors import OutputError
from pipeline_schema.run.pixel_size import PixelSize

if TYPE_CHECKING:
    import numpy as np

__all__ = ["on_disk", "write_npy", "write_tiff"]

# What OME-XML has a word for; other kinds of number are brought to one of them, exactly, or refused.
_LABEL_TYPES = ("uint8", "uint16", "uint32")
_SIGNED_TYPES = ("int8", "int16", "int32")
_OME_TYPES = frozenset({*_LABEL_TYPES, *_SIGNED_TYPES, "float32", "float64", "complex64", "complex128"})
_OME_ORDER = "TCZYXS"
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

    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if kind == "mask" and array.dtype.kind in "ui" and array.min() >= 0 and array.max() <= 1:
        # pyclesperanto's masks are 0 and 1.
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype.kind in "ui":
        low, high = int(array.min()), int(array.max())
        if kind == "labels":
            return array.astype(_first_that_holds(low, high, _LABEL_TYPES + _SIGNED_TYPES, array, name), copy=False)
        if array.dtype.itemsize == 8:
            return array.astype(_first_that_holds(low, high, ("int32", "uint32"), array, name))
    if array.dtype == np.float16:
        return array.astype(np.float32)
    if array.dtype.name not in _OME_TYPES:
        raise OutputError(f"output {name!r} is of type {array.dtype}, which TIFF can't hold; {_EXACT}")
    return array


def _first_that_holds(low: int, high: int, names: tuple[str, ...], array: np.ndarray[Any, Any], name: str) -> str:
    import numpy as np

    for dtype in names:
        info = np.iinfo(dtype)
        if info.min <= low and high <= info.max:
            return dtype
    raise OutputError(
        f"output {name!r} is {array.dtype} with values from {low} to {high}, more than TIFF's 32 bits hold; {_EXACT}"
    )


def write_tiff(path: Path, array: np.ndarray[Any, Any], axes: str | None, pixel_size: PixelSize) -> None:
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
        axes = order
    samples = axes is not None and ome and axes.endswith("S")
    with path.open("xb") as file:
        tifffile.imwrite(
            file,
            array,
            bigtiff=array.nbytes > 2**32 - 2**25,
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
        np.save(file, array, allow_pickle=False)


def _uuid(array: np.ndarray[Any, Any]) -> str:
    # From the pixels: equal results are equal files. tifffile's own would name the machine's network card and the time.
    return str(uuid.uuid5(uuid.NAMESPACE_OID, hashlib.sha256(array.tobytes()).hexdigest()))
