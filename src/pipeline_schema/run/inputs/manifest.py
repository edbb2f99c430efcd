"""Manifests: a CSV file with a row for each item, and a column for each input of the pipeline."""

from __future__ import annotations

import csv
import itertools
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from pipeline_schema.document import Input
from pipeline_schema.errors import UsageError
from pipeline_schema.problems import closest
from pipeline_schema.run.files.axes import UNKNOWN
from pipeline_schema.run.inputs.layout import stem_of
from pipeline_schema.run.inputs.ordering import Once, temporary_database
from pipeline_schema.run.inputs.settings import is_image, read_value
from pipeline_schema.run.item import Found, ItemInput

__all__ = ["find_in_manifest", "read_header"]

# The column that names an item, if there is one.
ITEM = "item"
_ENCODINGS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def read_header(path: Path) -> tuple[str, ...]:
    """The titles of a manifest's columns.

    Raises
    ------
    UsageError
        If it can't be read, is empty, or has a column twice or without a title.
    """
    with _rows(path) as rows:
        return _header(path, rows)


def find_in_manifest(
    path: Path,
    inputs: Mapping[str, Input],
    required: Collection[str] = (),
    *,
    judge: Callable[[str, Any], str | None] = lambda name, value: None,
) -> Iterator[Found]:
    """The items of a manifest.

    Parameters
    ----------
    path : Path
        UTF-8, or UTF-16 with a byte order mark. Cells are divided by what divides the titles: commas, tabs or
        semicolons.
    inputs : mapping of Input
        Those of the pipeline that a manifest may give. An image is a path, relative to the manifest's folder, or a list
        of them: divided by ``;``, or as JSON. Anything else is a value, as ``--set`` takes it. An empty cell leaves an
        input to its default.
    required : collection of str
        The inputs that nothing else gives.
    judge : callable
        Called with an input and a value for it, in the document's notation; says what is wrong with it, if anything is.

    Yields
    ------
    Found
        Named by the column ``item``, else by the first image. Columns that are no inputs are the item's.

    Raises
    ------
    UsageError
        With row (as spreadsheets count them) and column.
    """
    with _rows(path) as rows, temporary_database() as database:
        once = Once(database)
        titles = _header(path, rows)
        for name in required:
            if name not in titles:
                near = closest(name, titles)
                hint = f"; did you mean its column {near[0]!r}?" if near else ""
                raise UsageError(f"{path} has no column {name!r}, which is an input of the pipeline{hint}")
        none = True
        for number, cells in rows:
            if not any(cells):
                continue
            none = False
            where = f"{path} row {number}"
            if len(cells) != len(titles):
                raise UsageError(f"{where} has {len(cells)} cells, and there are {len(titles)} columns")
            row = _Row(path.absolute().parent, where, dict(zip(titles, cells, strict=True)), judge)
            found = row.item(inputs, required)
            earlier = once.first(f"{found.stem}\n{found.relative}", str(number))
            if earlier is not None:
                raise UsageError(f"{where} is the same item as row {earlier}; tell them apart in a column {ITEM!r}")
            yield found
        if none:
            raise UsageError(f"{path} has no row below its titles")


class _Row:
    """A row, with what its cells stand for."""

    def __init__(
        self, folder: Path, where: str, cells: Mapping[str, str], judge: Callable[[str, Any], str | None]
    ) -> None:
        self._folder, self._where, self._cells, self._judge = folder, where, cells, judge

    def item(self, inputs: Mapping[str, Input], required: Collection[str]) -> Found:
        given = {}
        # The first input lends its axes and pixel size to the outputs: those that are required come first.
        for name in sorted(inputs, key=lambda name: name not in required):
            cell = self._cells.get(name, "").strip()
            if cell:
                given[name] = self._input(name, cell, inputs[name])
            elif name in required:
                raise UsageError(f"{self._where}, column {name!r} is empty, and the input has no default")
        files = (file for made in given.values() for file in made.files())
        stem = self._cells.get(ITEM, "").strip() if ITEM not in inputs else ""
        first = next(files, None)
        if not stem and first is None:
            raise UsageError(f"{self._where} names no image to call the item by; give the manifest a column {ITEM!r}")
        return Found(
            stem=stem or stem_of(first or Path()),
            relative="" if stem else "\t".join(self._cells.get(name, "").strip() for name in inputs),
            inputs=given,
            columns={title: cell for title, cell in self._cells.items() if title not in inputs and title != ITEM},
        )

    def _input(self, name: str, cell: str, declared: Input) -> ItemInput:
        where = f"{self._where}, column {name!r}"
        if not is_image(declared):
            try:
                value = read_value(name, cell)
            except UsageError as error:
                raise UsageError(f"{where}: {error}") from error
            if (fault := self._judge(name, value)) is not None:
                raise UsageError(f"{where}: {fault}")
            return ItemInput(value=value)
        names = _listed(cell)
        for each in names:
            if not each:
                raise UsageError(f"{where} has an empty name in its list")
            if not os.path.lexists(self._folder / each):
                raise UsageError(f"{where}: {self._folder / each} does not exist")
        if len(names) == 1:
            return ItemInput(path=str(self._folder / names[0]))
        return ItemInput(path=str(self._folder), stacked={UNKNOWN: tuple(names)}, planes=tuple(names))


def _listed(cell: str) -> list[str]:
    if cell.startswith("["):
        try:
            return msgspec.json.decode(cell, type=list[str]) or [""]
        except msgspec.DecodeError:
            pass  # a name may begin with a bracket
    return [each.strip() for each in cell.split(";")]


@contextmanager
def _rows(path: Path) -> Iterator[Iterator[tuple[int, list[str]]]]:
    """The rows of a file, each with its number."""
    try:
        with path.open("rb") as file:
            start = file.read(3)
        encoding = next((name for mark, name in _ENCODINGS.items() if start.startswith(mark)), "utf-8")
        with path.open(encoding=encoding, newline="") as text:
            titles = text.readline()
            text.seek(0)
            divider = next((mark for mark in ",\t;" if mark in titles), ",")
            yield _numbered(path, csv.reader(text, delimiter=divider, strict=True))
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror or error}") from error
    except UnicodeError as error:
        raise UsageError(f"{path} is not UTF-8; save it as CSV in UTF-8 ({error})") from error


def _numbered(path: Path, rows: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    for number in itertools.count(1):
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise UsageError(f"{path} row {number} is no CSV: {error}") from error
        yield number, cells


def _header(path: Path, rows: Iterator[tuple[int, list[str]]]) -> tuple[str, ...]:
    titles = tuple(title.strip() for title in next(rows, (0, []))[1])
    if not any(titles):
        raise UsageError(f"{path} is empty: its first row must name the columns")
    for at, title in enumerate(titles):
        if not title:
            raise UsageError(f"{path} row 1: column {at + 1} has no title")
        if title in titles[:at]:
            raise UsageError(f"{path} row 1: two columns are called {title!r}")
    return titles
