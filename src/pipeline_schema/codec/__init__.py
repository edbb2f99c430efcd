"""Reading and writing documents.

Reading has two passes. The first converts all at once, with msgspec; where that fails, or where a document has more
than it understands (notes, ``$`` values, a newer format), one walk over the plain values collects every problem.
"""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline_schema.codec import json
from pipeline_schema.codec.reading import from_plain, is_sound
from pipeline_schema.codec.survey import Survey, survey
from pipeline_schema.codec.writing import canonical, digest, to_plain
from pipeline_schema.document import Pipeline
from pipeline_schema.errors import DocumentError, UnsupportedVersionError
from pipeline_schema.limits import MAX_STEPS
from pipeline_schema.migrate import read_version
from pipeline_schema.positions import place
from pipeline_schema.problems import Problem, summarize

__all__ = ["canonical", "digest", "dumps", "from_plain", "loads", "read", "to_plain"]


def loads(text: str | bytes, *, format: str = "json") -> Pipeline:
    """Read a document.

    Parameters
    ----------
    text : str or bytes
        In UTF-8; at most 16 MiB, 64 levels, 10,000 steps, 250,000 values.
    format : {'json'}

    Returns
    -------
    Pipeline
        As it was written. Functions need not be known here.

    Raises
    ------
    DocumentError
        With all problems, each with its pointer, line and column.
    UnsupportedVersionError
        If the document has a newer major format.
    ValueError
        If `format` is not known.
    """
    problems: list[Problem] = []
    pipeline = read(text, problems, format=format)
    _refuse("the document can't be read", problems)
    assert pipeline is not None
    return pipeline


def dumps(pipeline: Pipeline, *, format: str = "json") -> str:
    """Write a document.

    Parameters
    ----------
    pipeline : Pipeline
        Its params may hold Python values.
    format : {'json'}

    Returns
    -------
    str
        Indented JSON with a newline at its end. `loads` reads it, and `dumps` then writes the same again.

    Raises
    ------
    DocumentError
        If a value can't be written, or the result is no document that could be read.
    ValueError
        If `format` is not known.
    """
    _require_json(format)
    plain = to_plain(pipeline)
    problems: list[Problem] = []
    from_plain(plain, problems)
    _refuse("the pipeline can't be written", problems)
    try:
        text = json.encode_plain(plain)
    except (UnicodeEncodeError, TypeError, RecursionError) as error:
        problem = Problem(code="invalid-value", message=f"a name, a note or a text can't be written: {error}")
        raise DocumentError(str(problem), problems=(problem,)) from error
    survey(text.encode(), problems)
    _refuse("the pipeline can't be written", problems)
    return text


def read(text: str | bytes, problems: list[Problem], *, format: str = "json") -> Pipeline | None:
    """Read a document as far as it goes, for those who report everything that is wrong with it.

    Parameters
    ----------
    text : str or bytes
    problems : list of Problem
        Gets everything that is wrong, with lines and columns.
    format : {'json'}

    Returns
    -------
    Pipeline or None
        What could be read, also of a document with problems; None if nothing could.
    """
    _require_json(format)
    data = json.to_bytes(text, problems)
    decoded = None if data is None else json.decode(data, problems)
    if data is None or decoded is None:
        return None
    plain, seen = decoded
    pipeline = _convert(plain, data, seen)
    if pipeline is None:
        found: list[Problem] = []
        pipeline = from_plain(plain, found)
        # An integer beyond 64 bits was found with the text, and again as a value.
        known = {problem.pointer for problem in problems}
        problems.extend(place([problem for problem in found if problem.pointer not in known], data))
    return pipeline


def _convert(plain: Any, data: bytes, seen: Survey) -> Pipeline | None:
    """The whole document by msgspec; None where the walk must look at it."""
    if _needs_walk(plain, data, seen):
        return None
    try:
        pipeline = msgspec.convert(plain, Pipeline)
    except msgspec.ValidationError:
        return None
    return pipeline if is_sound(pipeline) else None


def _needs_walk(plain: Any, data: bytes, seen: Survey) -> bool:
    if not isinstance(plain, dict) or seen.has_long_strings or seen.has_long_numbers:
        return True
    steps = plain.get("steps")
    if not isinstance(steps, list) or len(steps) > MAX_STEPS:
        return True
    problems: list[Problem] = []
    if read_version(plain.get("format"), problems).has_unknown_words or problems:
        return True
    # A key can be written with escapes; null is a default that types accept and documents don't; notes and unknown
    # are fields of ours and no words of the format; other $ keys are values that have to be read.
    return (
        b"\\u" in data
        or b"null" in data
        or b'"notes"' in data
        or b'"unknown"' in data
        or data.count(b'"$') > ("$schema" in plain)
    )


def _refuse(what: str, problems: list[Problem]) -> None:
    if not problems:
        return
    newer = any(problem.code == "unknown-version" for problem in problems)
    shown = summarize(problems[:20]) + (f"\nand {len(problems) - 20} more" if len(problems) > 20 else "")
    raise (UnsupportedVersionError if newer else DocumentError)(f"{what}:\n{shown}", problems=tuple(problems))


def _require_json(format: str) -> None:
    if format != "json":
        raise ValueError(f"format is {format!r}; this version reads and writes json (yaml and msgpack come later)")
