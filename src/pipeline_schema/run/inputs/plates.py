"""The images of a Zarr store: one, each field of a plate's wells, or each series of a converted file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline_schema.errors import ImageError, UsageError
from pipeline_schema.run.files.ngff import Node, below, is_zarr, read_node
from pipeline_schema.run.inputs.layout import stem_of
from pipeline_schema.run.item import Found, ItemInput

__all__ = ["find_in_store"]

# What bioformats2raw calls its layout of several images in one store.
_SERIES_LAYOUT = 3


def find_in_store(folder: Path, relative: str, varied: str) -> Iterator[Found]:
    """The items of a store.

    Parameters
    ----------
    folder : Path
        Absolute; for which `is_zarr` is true.
    relative : str
        As it was found.
    varied : str
        The input of the pipeline that the images are for.

    Yields
    ------
    Found
        A field of a well is ``B03_f0``, with the columns plate, well, row, column, field, and acquisition where there
        is one, also where a well or a field of a plate is given by itself; a series is the store's stem and its number;
        an image is the store's stem, and its path within where it is not the whole store.

    Raises
    ------
    UsageError
        If a plate has no images, or names wells or fields that are not there.
    """
    none = True
    for found in _items(folder, relative, varied):
        none = False
        yield found
    if none:
        raise UsageError(f"{folder} has no image in it: its wells have no fields")


def _items(folder: Path, relative: str, varied: str) -> Iterator[Found]:
    try:
        node = read_node(folder)
    except ImageError:
        # One file that can't be read is one item that fails: its reader says why.
        node = Node()
    stem = _stem(folder)
    if node.plate is not None:
        wells = [well.path for well in node.plate.wells]
        _require(folder, "wells", wells)
        for well in wells:
            yield from _fields(folder, well, relative, varied)
        return
    if node.well is not None:
        yield from _fields_here(folder, varied)
        return
    if _is_well(folder.parent):
        # A field that its well does not name is an image like any other.
        fields = [found for found in _fields_here(folder.parent, varied) if found.columns["field"] == folder.name]
        if fields:
            yield from fields
            return
    series = _series(folder, node)
    if not series:
        yield Found(stem=stem, relative=relative, inputs={varied: ItemInput(path=str(folder))})
    for name in series:
        yield Found(
            stem=stem if len(series) == 1 else f"{stem}_{name}",
            relative=f"{relative}/{name}",
            inputs={varied: ItemInput(path=str(below(folder, name)))},
            columns={} if len(series) == 1 else {"series": name},
        )


def _stem(folder: Path) -> str:
    """The store's, and the path within it: ``image_labels_cells``."""
    store = next((above for above in (folder, *folder.parents) if above.suffix.lower() == ".zarr"), folder)
    return "_".join((stem_of(store), *folder.relative_to(store).parts))


def _is_well(folder: Path) -> bool:
    try:
        return is_zarr(folder) and read_node(folder).well is not None
    except ImageError:
        return False


def _fields_here(well: Path, varied: str) -> Iterator[Found]:
    """The fields of a well that was given by itself: row and column are the names of its folders."""
    plate = well.parent.parent
    return _fields(plate, f"{well.parent.name}/{well.name}", plate.name, varied)


def _fields(plate: Path, well: str, relative: str, varied: str) -> Iterator[Found]:
    folder = below(plate, well)
    try:
        node = read_node(folder)
    except ImageError as error:
        raise UsageError(error.message) from error
    if node.well is None:
        raise UsageError(f"{folder} is named as a well, and says nothing of its fields")
    _require(folder, "fields", [image.path for image in node.well.images])
    row, _, column = well.rpartition("/")
    for image in node.well.images:
        columns = {"plate": stem_of(plate), "well": row + column, "row": row, "column": column, "field": image.path}
        if image.acquisition is not None:
            columns["acquisition"] = str(image.acquisition)
        yield Found(
            stem=f"{row}{column}_f{image.path}",
            relative=f"{relative}/{well}/{image.path}",
            inputs={varied: ItemInput(path=str(below(folder, image.path)))},
            columns=columns,
        )


def _series(folder: Path, node: Node) -> list[str]:
    if node.layout != _SERIES_LAYOUT or node.multiscales:
        return []
    listed = folder / "OME"
    names = read_node(listed).series if is_zarr(listed) else []
    if not names:
        # Without a list they are numbered from 0.
        while is_zarr(folder / str(len(names))):
            names.append(str(len(names)))
    return names


def _require(folder: Path, what: str, paths: list[str]) -> None:
    try:
        missing = [path for path in paths if not is_zarr(below(folder, path))]
    except ImageError as error:
        raise UsageError(error.message) from error
    if missing:
        listed = ", ".join(missing[:10]) + (", ..." if len(missing) > 10 else "")
        raise UsageError(
            f"{folder} lacks {len(missing)} of the {len(paths)} {what} that it names: {listed}; "
            "copy it whole, or give the parts that are there as inputs"
        )
