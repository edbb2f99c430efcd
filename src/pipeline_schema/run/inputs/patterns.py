"""Patterns of file names: ``{well}_s{site}_w{C}_z{Z}.tif`` has a field for each thing that varies.

Fields whose letters are stacked become axes of an item's image, the others its columns.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline_schema.errors import UsageError
from pipeline_schema.run.files.axes import parse_axes

__all__ = ["Pattern", "parse_pattern"]

_STACKABLE = "TCZ"
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Pattern:
    """What file names say.

    Attributes
    ----------
    text : str
        As it was given.
    matches : re.Pattern
        Of a whole path below the folder, with ``/``; a group for each field.
    fields : tuple of str
        Columns: the fields that are not stacked, in their order.
    stack : str
        Letters of the fields that are stacked, first axis first.
    depth : int or None
        How many folders deep the files are; None is any.
    """

    text: str
    matches: re.Pattern[str]
    fields: tuple[str, ...]
    stack: str
    depth: int | None

    def name(self, values: Mapping[str, str]) -> str:
        """What a file with these values of all fields is called; ``*`` stays."""
        parts = string.Formatter().parse(self.text)
        return "".join(literal + (values[field] if field is not None else "") for literal, field, _, _ in parts)


def parse_pattern(text: str, stack: str | None = None) -> Pattern:
    """The values of ``--pattern`` and ``--stack``.

    Parameters
    ----------
    text : str
        ``{name}`` stands for any text without a slash, as short as it goes; ``{name:d}`` for digits; ``*`` for any text
        that does not matter, ``**/`` for folders at any depth; ``{{`` is a brace. A field that comes twice has the same
        text in both places.
    stack : str, optional
        Letters of T C Z, each a field of the pattern, in the order of the axes.

    Raises
    ------
    UsageError
        If it can't be read as such.
    """

    def wrong(why: str) -> UsageError:
        return UsageError(f"--pattern {text!a}: {why}")

    letters = "" if stack is None else parse_axes(stack)
    if set(letters) - set(_STACKABLE):
        raise UsageError(
            f"--stack {stack}: planes are stacked along {', '.join(_STACKABLE)}; rows and columns are theirs"
        )
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise wrong(f"{error}; a field is {{name}}, a brace is {{{{") from None
    fields: list[str] = []
    expression, loose = "", False
    for literal, name, kind, conversion in parts:
        expression += _literal(literal)
        if name is None:
            continue
        if not _FIELD.fullmatch(name) or conversion or kind not in ("", "d"):
            raise wrong(f"{{{name}}} is no field: write {{name}}, or {{name:d}} for digits")
        if loose and not literal and kind != "d":
            raise wrong(f"nothing stands between {{{fields[-1]}}} and {{{name}}}; make one of digits, {{{name}:d}}")
        loose = kind != "d"
        if name in fields:
            expression += f"(?P={name})"
        else:
            fields.append(name)
            expression += f"(?P<{name}>{'[0-9]+' if kind == 'd' else '[^/]+?'})"
    if not fields:
        raise wrong("it has no field; write {name} for what varies")
    for letter in letters:
        if letter not in fields:
            raise wrong(f"--stack {letters} asks for a field {{{letter}}}, which it does not have")
    columns = tuple(name for name in fields if name not in letters)
    return Pattern(text, re.compile(expression), columns, letters, None if "**" in text else text.count("/"))


def _literal(text: str) -> str:
    wild = {"**/": "(?:[^/]+/)*", "*": "[^/]*"}
    return "".join(wild.get(part, re.escape(part)) for part in re.split(r"(\*\*/|\*)", text))
