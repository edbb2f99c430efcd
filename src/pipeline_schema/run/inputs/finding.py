"""What a run is over: files, folders and globs of the command line, stores, a manifest, or planes of one pattern."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from pipeline_schema.document import Input
from pipeline_schema.errors import UsageError
from pipeline_schema.run.files.ngff import is_zarr
from pipeline_schema.run.files.readers import IMAGE_SUFFIXES
from pipeline_schema.run.inputs.layout import stem_of
from pipeline_schema.run.inputs.manifest import find_in_manifest
from pipeline_schema.run.inputs.ordering import Once, in_order, is_folder, temporary_database
from pipeline_schema.run.inputs.patterns import parse_pattern
from pipeline_schema.run.inputs.planes import find_planes
from pipeline_schema.run.inputs.plates import find_in_store
from pipeline_schema.run.item import Found, ItemInput

__all__ = ["find_items"]

_Path = str | os.PathLike[str]


def find_items(
    arguments: Iterable[_Path],
    *,
    varied: str,
    manifest: _Path | None = None,
    inputs: Mapping[str, Input] | None = None,
    required: Collection[str] = (),
    judge: Callable[[str, Any], str | None] = lambda name, value: None,
    pattern: str | None = None,
    stack: str | None = None,
    skip_incomplete: bool = False,
) -> Iterator[Found]:
    """The items that a run is over.

    Parameters
    ----------
    arguments : iterable of path
        A file is taken as it is, whatever its suffix, also if it is missing: reading it says what is wrong. A folder
        stands for the images directly in it, by name; hidden files are left out. A glob (``*``, ``?``, ``[]``, and
        ``**`` for folders at any depth) stands for the images that match. A folder of Zarr, wherever it is met, stands
        for the images in it: see `pipeline_schema.run.inputs.plates`.
    varied : str
        The input of the pipeline that they are for.
    manifest : path, optional
        Instead of arguments: see `pipeline_schema.run.inputs.manifest`.
    inputs : mapping of Input, optional
        With a manifest: the pipeline's inputs that it may give.
    required : collection of str
        With a manifest: those of them that nothing else gives.
    judge : callable
        With a manifest: says what is wrong with a value for an input, if anything is.
    pattern, stack : str, optional
        How files below the arguments, which are folders then, are named: see `pipeline_schema.run.inputs.patterns`.
    skip_incomplete : bool
        With a pattern: whether an item that lacks planes is an item with a fault, and not an error.

    Yields
    ------
    Found
        In the order given, each file once. Nothing is kept in memory that grows with their number.

    Raises
    ------
    UsageError
        If there are none, or a folder or glob has no image. What an option says wrongly is told at the call, what is
        wrong with the items as they come: take all of them before anything runs.
    """
    arguments = list(arguments)
    if any(not os.fspath(argument) for argument in arguments):
        raise UsageError("an input is empty text; give a path")
    if manifest is not None:
        if arguments or pattern is not None:
            raise UsageError("--manifest names all inputs itself; leave out the others, and --pattern")
        return _as_text(find_in_manifest(Path(manifest), inputs or {}, required, judge=judge))
    if not arguments:
        raise UsageError("no input: give images, folders of images or quoted globs, or --manifest")
    if pattern is not None:
        folders = [Path(argument) for argument in arguments]
        for folder in folders:
            if not folder.is_dir():
                raise UsageError(f"{folder} is no folder; --pattern is for the files below one")
        parsed = parse_pattern(pattern, stack)
        found = (
            found
            for folder in folders
            for found in find_planes(folder, parsed, varied, skip_incomplete=skip_incomplete)
        )
        return _as_text(_each_once(found, varied))
    if skip_incomplete:
        raise UsageError("--skip-incomplete needs --pattern: only what is put together can lack planes")
    if stack is not None:
        raise UsageError("--stack needs --pattern, which says where in a name its letters are")
    found = (found for argument in arguments for found in _expand(os.fspath(argument), varied))
    return _as_text(_each_once(found, varied))


def _each_once(items: Iterator[Found], varied: str) -> Iterator[Found]:
    with temporary_database() as database:
        once = Once(database)
        folder = real_folder = ""
        for found in items:
            # Two names of one file are one input; a link keeps the name that was given. A plane is in one item only.
            source = found.inputs[varied]
            path = os.path.join(source.path, *source.planes[:1])  # noqa: PTH118 - as text: there may be a million
            if os.path.islink(path):  # noqa: PTH114 - on text, as it comes
                real = os.path.realpath(path)
            else:
                # The system is asked for each part of a path: for a folder once, not for each file in it.
                above, name = os.path.split(path)
                if above != folder:
                    folder, real_folder = above, os.path.realpath(above)
                real = f"{real_folder}/{name}"
            if once.first(real) is None:
                yield found


def _as_text(items: Iterator[Found]) -> Iterator[Found]:
    """Refuse names that are no text: neither a record nor a message to a worker could hold them."""
    for found in items:
        for text in (text for source in found.inputs.values() for text in (source.path, *source.planes)):
            try:
                text.encode()
            except UnicodeEncodeError:
                raise UsageError(f"the name {text!a} is not UTF-8; rename it, or use a UTF-8 locale") from None
        yield found


def _expand(argument: str, varied: str) -> Iterator[Found]:
    path = Path(argument)
    if is_zarr(path) and path.is_dir():
        yield from find_in_store(path.absolute(), path.name, varied)
    elif path.is_dir():
        yield from _images(in_order(_names_in(path)), path, argument, varied)
    elif glob.has_magic(argument) and not os.path.lexists(argument):
        below = _fixed_part(path)
        yield from _images(in_order(_names_matching(path, below)), below, argument, varied)
    else:
        yield _file(str(path.absolute()), path.name, varied)


def _names_in(folder: Path) -> Iterator[str]:
    """What is in a folder; folders end with a slash."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                yield f"{entry.name}/" if is_folder(entry) else entry.name
    except OSError as error:
        raise UsageError(f"{folder} can't be looked into: {error.strerror or error}") from error


def _names_matching(pattern: Path, below: Path) -> Iterator[str]:
    for path in below.glob(pattern.relative_to(below).as_posix()):
        name = path.relative_to(below).as_posix()
        yield f"{name}/" if path.is_dir() else name


def _images(names: Iterable[str], below: Path, argument: str, varied: str) -> Iterator[Found]:
    none, store, folder = True, "\0", str(below.absolute()).removesuffix(os.sep)
    for name in names:
        if name.startswith(".") or "/." in name:
            continue
        if name.endswith("/"):
            # What a glob finds within a store is a part of it, and comes right after it.
            if not name.startswith(store) and is_zarr(Path(folder, name)):
                none, store = False, name
                yield from find_in_store(Path(folder, name), name.rstrip("/"), varied)
        elif name[name.rfind(".") :].lower() in IMAGE_SUFFIXES:
            none = False
            yield _file(f"{folder}{os.sep}{name}", name, varied)
    if none:
        known = " ".join(sorted(IMAGE_SUFFIXES))
        raise UsageError(f"{argument} has no image in it (files that end with {known}, or OME-Zarr)")


def _file(path: str, relative: str, varied: str) -> Found:
    return Found(stem=stem_of(PurePath(relative)), relative=relative, inputs={varied: ItemInput(path=path)})


def _fixed_part(pattern: Path) -> Path:
    fixed = Path(pattern.anchor)
    for part in pattern.relative_to(pattern.anchor).parts[:-1]:
        if glob.has_magic(part):
            break
        fixed /= part
    return fixed
