"""Values as a person types them into a form: JSON, and bare text where the function takes text."""

from __future__ import annotations

import json
from typing import Any

from msgspec import UNSET

from pipeline_schema.document import Reference
from pipeline_schema.errors import DocumentError
from pipeline_schema.graph import parse_reference
from pipeline_schema.problems import Problem
from pipeline_schema.values import encode, parse
from registry.arguments import judge
from registry.entry import FunctionEntry, Parameter

__all__ = ["ValueTextError", "read_reference", "read_value", "show_reference", "show_value"]

_FLOATS = ("nan", "inf", "-inf")


class ValueTextError(ValueError):
    """A typed text is no value that the function takes; the message says why."""


def read_value(text: str, parameter: Parameter, entry: FunctionEntry | None) -> Any:
    """Read what was typed for a parameter.

    Parameters
    ----------
    text : str
        JSON in the document's notation. What is no JSON is text, and ``nan``, ``inf`` and ``-inf`` are numbers where
        the function takes no text.
    parameter : Parameter
    entry : FunctionEntry or None
        Who judges the value; None for nobody.

    Returns
    -------
    JSON value, or UNSET
        UNSET for nothing typed: the default.

    Raises
    ------
    ValueTextError
        If it is no value, or none that the function takes.
    """
    text = text.strip()
    if not text:
        return UNSET
    value = _decode(text, parameter)
    problems: list[Problem] = []
    parsed = parse(value, problems, (parameter.name,))
    if problems:
        raise ValueTextError(problems[0].message)
    for fault in judge(entry, {parameter.name: parsed}) if entry is not None else ():
        hint = f"; did you mean {' or '.join(fault.suggestions)}?" if fault.suggestions else ""
        raise ValueTextError(fault.message + hint)
    return value


def show_value(value: Any) -> str:
    """A value of a document as `read_value` reads it: bare where it is a text that can be mistaken for nothing else.

    Raises
    ------
    ValueTextError
        If the value can't be written.
    """
    try:
        value = encode(value)
    except DocumentError as error:
        raise ValueTextError(str(error)) from error
    if isinstance(value, str) and _is_bare(value):
        return value
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(value)


def read_reference(text: str) -> Reference | None:
    """Read a reference, or several with commas between; None for nothing typed.

    Raises
    ------
    ValueTextError
        If it is not spelled like one.
    """
    names = [name.strip() for name in text.split(",")] if text.strip() else []
    for name in names:
        if parse_reference(name) is None:
            raise ValueTextError(f"{name!a} is not a reference; it is an input's name, a step's id, id.0 or id.name")
    return None if not names else names[0] if len(names) == 1 else names


def show_reference(reference: Reference | None) -> str:
    """A reference as `read_reference` reads it."""
    if reference is None:
        return ""
    return reference if isinstance(reference, str) else ", ".join(reference)


def _decode(text: str, parameter: Parameter) -> Any:
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        if text[0] in '{["':
            raise ValueTextError(f"this is not JSON: {error}") from error
        takes_text = parameter.choices or not {"any", "str", "dtype"}.isdisjoint(parameter.types)
        return {"$float": text.lower()} if text.lower() in _FLOATS and not takes_text else text
    # Where only text is taken, 2 is the text "2".
    only_text = parameter.types == ("str",) and isinstance(value, (int, float))
    return text if only_text else value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"JSON has no {constant}")


def _is_bare(text: str) -> bool:
    if not text or text != text.strip() or not text.isprintable() or text[0] in '{["' or text.lower() in _FLOATS:
        return False
    try:
        json.loads(text)
    except ValueError:
        return True
    return False
