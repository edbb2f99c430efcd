"""Items: what one pass through a pipeline is given, as plain records that cross processes and fit a journal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

__all__ = ["Found", "ItemInput"]


class ItemInput(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where one input of an item is read from.

    Attributes
    ----------
    path : str
        Absolute, of a file, or of a folder that holds one image (OME-Zarr). Of a stack: of the folder that its planes
        are named from. Empty where there is a value.
    stacked : dict of tuple of str
        Of a stack, by axis, first axis first: what its positions are called. The axis ``?`` is the one that the
        pipeline's input declares and the files lack.
    planes : tuple of str
        Of a stack: its files, below `path` or absolute, as many as the positions of all axes, the last axis running
        fastest; without `stacked`, those that there are of an incomplete one.
    value : any value, or UNSET
        A constant in the document's notation, instead of a file: what a manifest gives an input that is no image.
    """

    path: str = ""
    stacked: dict[str, tuple[str, ...]] = {}
    planes: tuple[str, ...] = ()
    value: Any = msgspec.UNSET

    def files(self) -> Iterator[Path]:
        """The files and folders that are read, in order; none where there is a value."""
        return map(Path, self.paths())

    def paths(self) -> Iterator[str]:
        """The paths of these."""
        if self.planes:
            # A plane may be absolute.
            yield from (os.path.join(self.path, plane) for plane in self.planes)  # noqa: PTH118 - as text, for speed
        elif self.path:
            yield self.path


class Found(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An item before it has a name.

    Attributes
    ----------
    stem : str
        The name it should have: a file's without its suffix, a well and field, a row of a manifest.
    relative : str
        What tells it apart from others of the same stem, whatever the machine: the path as it was found.
    inputs : dict of ItemInput
        By the name of the pipeline's input.
    columns : dict of str
        What is known of it besides: well, site, columns of a manifest. Merged tables carry them.
    fault : str
        Why it can't be run, if that is known already: it fails of that.
    """

    stem: str
    relative: str
    inputs: dict[str, ItemInput]
    columns: dict[str, str] = {}
    fault: str = ""
