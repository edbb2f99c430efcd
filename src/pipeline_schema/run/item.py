"""Items: what one pass through a pipeline is given, as plain records that cross processes and fit a journal."""

from __future__ import annotations

import msgspec

__all__ = ["Found", "ItemInput"]


class ItemInput(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where one input of an item is read from.

    Attributes
    ----------
    path : str
        Absolute, of a file, or of a folder that holds one image (OME-Zarr).
    """

    path: str


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
    """

    stem: str
    relative: str
    inputs: dict[str, ItemInput]
    columns: dict[str, str] = {}
