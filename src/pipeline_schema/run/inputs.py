"""Which files a run is over: files, folders and globs of the command line, each file once."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline_schema.errors import UsageError
from pipeline_schema.run.readers import IMAGE_SUFFIXES

__all__ = ["InputFile", "find_inputs"]


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to run on.

    Attributes
    ----------
    path : Path
        Absolute.
    relative : str
        As it was found: below the folder or beside the glob's fixed part, with ``/``.
    """

    path: Path
    relative: str


def find_inputs(arguments: Iterable[str | os.PathLike[str]]) -> list[InputFile]:
    """The files that arguments stand for.

    Parameters
    ----------
    arguments : iterable of path
        A file is taken as it is, whatever its suffix, also if it is missing: reading it says what is wrong. A folder
        stands for the images directly in it, by name; hidden files are left out. A glob (``*``, ``?``, ``[]``, and
        ``**`` for folders at any depth) stands for the images that match.

    Returns
    -------
    list of InputFile
        In the order given, each file once.

    Raises
    ------
    UsageError
        If there are none, or a folder or glob has no image.
    """
    found: dict[Path, InputFile] = {}
    for argument in arguments:
        if not argument:
            raise UsageError("an input is empty text; give a path")
        for given in _expand(os.fspath(argument)):
            # Two names of one file are one input; a link keeps the name that was given.
            found.setdefault(Path(os.path.realpath(given.path)), given)
    if not found:
        raise UsageError("no input: give images, folders of images or quoted globs")
    return list(found.values())


def _expand(argument: str) -> Iterator[InputFile]:
    path = Path(argument)
    if path.is_dir() and path.suffix.lower() != ".zarr":
        yield from _images(sorted(path.iterdir()), path, argument)
    elif glob.has_magic(argument) and not os.path.lexists(argument):
        below = _fixed_part(path)
        yield from _images(sorted(below.glob(path.relative_to(below).as_posix())), below, argument)
    else:
        yield InputFile(path.absolute(), path.name)


def _images(paths: Iterable[Path], below: Path, argument: str) -> Iterator[InputFile]:
    none = True
    for path in paths:
        relative = path.relative_to(below)
        hidden = any(part.startswith(".") for part in relative.parts)
        if path.suffix.lower() in IMAGE_SUFFIXES and not hidden and not path.is_dir():
            none = False
            yield InputFile(path.absolute(), relative.as_posix())
    if none:
        known = " ".join(sorted(IMAGE_SUFFIXES))
        raise UsageError(f"{argument} has no image in it (files that end with {known})")


def _fixed_part(pattern: Path) -> Path:
    fixed = Path(pattern.anchor)
    for part in pattern.relative_to(pattern.anchor).parts[:-1]:
        if glob.has_magic(part):
            break
        fixed /= part
    return fixed
