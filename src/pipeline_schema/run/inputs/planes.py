"""Images as one file a plane, the way microscopes write plates: files of one pattern, put together to items.

Planes are sorted, counted and told apart in a temporary database, so that a million of them take no memory.
"""

from __future__ import annotations

import itertools
import math
import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline_schema.errors import UsageError
from pipeline_schema.run.inputs.ordering import is_folder, temporary_database
from pipeline_schema.run.inputs.patterns import Pattern
from pipeline_schema.run.item import Found, ItemInput

__all__ = ["find_planes"]

_NUMBER = re.compile(r"[+-]?[0-9]{1,300}(\.[0-9]{1,300})?", re.ASCII)
_SHOWN = 10


def find_planes(folder: Path, pattern: Pattern, varied: str, *, skip_incomplete: bool = False) -> Iterator[Found]:
    """The items that a pattern makes of the files below a folder.

    Parameters
    ----------
    folder : Path
    pattern : Pattern
    varied : str
        The input of the pipeline that the images are for.
    skip_incomplete : bool
        Whether an item that lacks planes is an item with a fault, and not an error.

    Yields
    ------
    Found
        In the order of their columns, numbers by their value; each with all planes, or with its fault.

    Raises
    ------
    UsageError
        Before the first item: if no file matches, two files are one plane, an item lacks planes that others have, or
        each does. All are counted, and the first of them named.
    """
    folder = folder.absolute()
    with temporary_database() as database:
        table = _Planes(database, pattern)
        table.fill(folder)
        table.refuse_duplicates(folder)
        positions = {axis: table.positions(axis) for axis in pattern.stack}
        planes = math.prod(map(len, positions.values()))
        if skip_incomplete:
            table.index()
        table.refuse_missing(folder, positions, all_of_them=skip_incomplete)
        for values, paths in table.items():
            stem, fault = "_".join(values) or folder.name, ""
            if len(paths) < planes:
                source = ItemInput(path=str(folder), planes=paths)
                fault = f"planes are missing, {planes - len(paths)} of {planes}: {table.missing(values, positions)}"
            elif positions:
                source = ItemInput(path=str(folder), stacked=positions, planes=paths)
            else:
                source = ItemInput(path=str(folder / paths[0]))
            yield Found(
                stem=stem,
                relative=f"{folder.name}/{stem}",
                inputs={varied: source},
                columns=dict(zip(pattern.fields, values, strict=True)),
                fault=fault,
            )


class _Planes:
    """A row for each file: the texts of its fields, and its path."""

    def __init__(self, database: sqlite3.Connection, pattern: Pattern) -> None:
        self._pattern = pattern
        self._database = database
        self._names = (*pattern.fields, *pattern.stack)
        # Columns of the table are numbered: fields may differ by case only, SQL's names may not.
        self._column = {name: f"f{at}" for at, name in enumerate(self._names)}
        self._item = ", ".join(self._column[name] for name in pattern.fields) or "''"
        database.create_function("as_counted", 1, _natural, deterministic=True)
        database.execute(f"CREATE TABLE planes ({', '.join(self._column.values())}, path BLOB)")

    def fill(self, folder: Path) -> None:
        rows = (
            (*(os.fsencode(matched[name]) for name in self._names), os.fsencode(path))
            for path in _walk(folder, self._pattern.depth)
            if (matched := self._pattern.matches.fullmatch(path)) is not None
        )
        marks = ", ".join("?" * (len(self._names) + 1))
        self._database.executemany(f"INSERT INTO planes VALUES ({marks})", rows)
        if self._database.execute("SELECT 1 FROM planes LIMIT 1").fetchone() is None:
            raise UsageError(f"no file below {folder} is named like {self._pattern.text}")

    def index(self) -> None:
        """Have the planes of an item found without looking at all."""
        if self._pattern.fields:
            self._database.execute(f"CREATE INDEX by_item ON planes ({self._item})")

    def positions(self, axis: str) -> tuple[str, ...]:
        column = self._column[axis]
        found = self._database.execute(
            f"SELECT {column} FROM planes GROUP BY {column} ORDER BY as_counted({column}), {column}"
        )
        return tuple(os.fsdecode(text) for (text,) in found)

    def items(self) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        """The columns of each item and the paths of its planes, both in order."""
        order = ", ".join(f"as_counted({column}), {column}" for column in self._column.values())
        rows = self._database.execute(f"SELECT * FROM planes ORDER BY {order}")
        fields = len(self._pattern.fields)
        for values, item in itertools.groupby(rows, key=lambda row: row[:fields]):
            yield tuple(map(os.fsdecode, values)), tuple(os.fsdecode(row[-1]) for row in item)

    def refuse_duplicates(self, folder: Path) -> None:
        columns = ", ".join(self._column.values())
        twice = self._database.execute(
            f"SELECT min(path), max(path) FROM planes GROUP BY {columns} HAVING count(*) > 1 LIMIT {_SHOWN + 1}"
        ).fetchall()
        if twice:
            listed = "; ".join(" and ".join(map(os.fsdecode, pair)) for pair in twice[:_SHOWN])
            more = "; ..." if len(twice) > _SHOWN else ""
            raise UsageError(
                f"files below {folder} are the same plane to {self._pattern.text}: {listed}{more}; "
                "make what tells them apart a field"
            )

    def refuse_missing(self, folder: Path, positions: Mapping[str, tuple[str, ...]], *, all_of_them: bool) -> None:
        """Refuse items that lack planes; with `all_of_them`, only if there is no other."""
        planes = math.prod(map(len, positions.values()))
        group = f"GROUP BY {self._item} HAVING count(*) < {planes}"
        items, lacking = self._database.execute(
            f"SELECT count(*), sum({planes} - n) FROM (SELECT count(*) AS n FROM planes {group})"
        ).fetchone()
        if not items or (all_of_them and self._count() > items):
            return
        order = ", ".join(f"as_counted({self._column[name]})" for name in self._pattern.fields) or "''"
        incomplete = self._database.execute(f"SELECT {self._item} FROM planes {group} ORDER BY {order}")
        names = itertools.chain.from_iterable(self._missing(item, positions) for item in incomplete)
        listed = ", ".join(itertools.islice(names, _SHOWN)) + (", ..." if lacking > _SHOWN else "")
        along = " and ".join(f"{axis} ({', '.join(_few(names))})" for axis, names in positions.items())
        raise UsageError(
            f"planes are missing below {folder}, {lacking} of {items * planes} in the items that lack some: {listed}; "
            f"each item must have all positions along {along}"
            + ("" if all_of_them else "; --skip-incomplete runs the others")
        )

    def missing(self, item: tuple[str, ...], positions: Mapping[str, tuple[str, ...]]) -> str:
        """The first of the planes that an item lacks."""
        names = list(itertools.islice(self._missing(tuple(map(os.fsencode, item)), positions), _SHOWN + 1))
        return ", ".join(_few(tuple(names)))

    def _count(self) -> int:
        (count,) = self._database.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM planes GROUP BY {self._item})"
        ).fetchone()
        return int(count)

    def _missing(self, item: tuple[bytes, ...], positions: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
        """What the files that an item lacks would be called."""
        values = dict(zip(self._pattern.fields, map(os.fsdecode, item), strict=False))
        of_item = " AND ".join(f"{self._column[name]} = ?" for name in values) or "1"
        stacked = ", ".join(self._column[axis] for axis in positions)
        there = set(
            self._database.execute(
                f"SELECT {stacked} FROM planes WHERE {of_item}", tuple(map(os.fsencode, values.values()))
            )
        )
        for place in itertools.product(*positions.values()):
            if tuple(map(os.fsencode, place)) not in there:
                yield self._pattern.name(values | dict(zip(positions, place, strict=True)))


def _walk(folder: Path, depth: int | None) -> Iterator[str]:
    """Files below a folder, with ``/``; hidden ones are left out, links to folders followed to a given depth only."""
    above = [""]
    while above:
        start = above.pop()
        try:
            with os.scandir(folder / start) as entries:
                for entry in entries:
                    path = start + entry.name
                    if entry.name.startswith("."):
                        continue
                    if not is_folder(entry):
                        if depth is None or path.count("/") == depth:
                            yield path
                    elif (path.count("/") < depth) if depth is not None else not entry.is_symlink():
                        above.append(f"{path}/")
        except OSError as error:
            raise UsageError(f"{folder / start} can't be looked into: {error.strerror or error}") from error


def _natural(text: bytes) -> float | str:
    """What sorts as people count: numbers by their value, and before other texts; digits in texts as well."""
    decoded = os.fsdecode(text)
    if _NUMBER.fullmatch(decoded):
        return float(decoded)
    # Lone surrogates are no text to SQLite.
    padded = re.sub(r"[0-9]+", lambda digits: digits[0].zfill(20), decoded.casefold())
    return padded.encode("utf-8", "replace").decode()


def _few(names: tuple[str, ...]) -> tuple[str, ...]:
    return names if len(names) <= _SHOWN else (*names[:_SHOWN], "...")
