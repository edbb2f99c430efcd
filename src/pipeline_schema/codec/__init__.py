"""Reading and writing documents.

Reading JSON has two passes. The first decodes all at once, with msgspec; where that fails, or where a document has more
than it understands (notes, ``$`` values, a newer format), one walk over the plain values collects every problem. Other
formats are walked over at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, overload

from pipeline_schema.codec import json
from pipeline_schema.codec.formats import FORMATS, Format, format_module
from pipeline_schema.codec.quick import read_at_once
from pipeline_schema.codec.reading import from_plain
from pipeline_schema.codec.survey import survey
from pipeline_schema.codec.text import to_bytes
from pipeline_schema.codec.writing import canonical, digest, to_plain
from pipeline_schema.document import Pipeline
from pipeline_schema.errors import DocumentError, UnsupportedVersionError
from pipeline_schema.problems import Problem, summarize

__all__ = [
    "FORMATS",
    "Format",
    "canonical",
    "convert",
    "digest",
    "dumps",
    "from_plain",
    "loads",
    "place",
    "read",
    "to_plain",
]


def loads(text: str | bytes, *, format: Format = "json") -> Pipeline:
    """Read a document.

    Parameters
    ----------
    text : str or bytes
        Text in UTF-8, at most 16 MiB (YAML 1 MiB), 64 levels, 10,000 steps, 250,000 values; MessagePack is bytes.
    format : {'json', 'yaml', 'msgpack'}

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


@overload
def dumps(pipeline: Pipeline, *, format: Literal["json", "yaml"] = "json") -> str: ...
@overload
def dumps(pipeline: Pipeline, *, format: Literal["msgpack"]) -> bytes: ...
@overload
def dumps(pipeline: Pipeline, *, format: Format) -> str | bytes: ...
def dumps(pipeline: Pipeline, *, format: Format = "json") -> str | bytes:
    """Write a document.

    Parameters
    ----------
    pipeline : Pipeline
        Its params may hold Python values.
    format : {'json', 'yaml', 'msgpack'}

    Returns
    -------
    str, or bytes
        Indented text with a newline at its end; bytes of MessagePack. `loads` reads it, and `dumps` then writes the
        same again.

    Raises
    ------
    DocumentError
        If a value can't be written, or the result is no document that could be read.
    ValueError
        If `format` is not known.
    """
    format_module(format)
    plain = to_plain(pipeline)
    problems: list[Problem] = []
    from_plain(plain, problems)
    _refuse("the pipeline can't be written", problems)
    return _encode(plain, format, "the pipeline can't be written")


def convert(text: str | bytes, *, source: Format, target: Format) -> str | bytes:
    """Write a document in another format: the same keys in the same order, notes and words of newer formats included.

    Parameters
    ----------
    text : str or bytes
    source, target : {'json', 'yaml', 'msgpack'}

    Returns
    -------
    str, or bytes

    Raises
    ------
    DocumentError
        If the text can't be read as a document, or is beyond a limit of the other format.
    ValueError
        If a format is not known.
    """
    format_module(target)
    problems: list[Problem] = []
    found = _read(text, problems, source)
    _refuse("the document can't be read", problems)
    assert found is not None
    return _encode(found[0], target, f"the document can't be written as {target}")


def read(text: str | bytes, problems: list[Problem], *, format: Format = "json") -> Pipeline | None:
    """Read a document as far as it goes, for those who report everything that is wrong with it.

    Parameters
    ----------
    text : str or bytes
    problems : list of Problem
        Gets everything that is wrong, with lines and columns.
    format : {'json', 'yaml', 'msgpack'}

    Returns
    -------
    Pipeline or None
        What could be read, also of a document with problems; None if nothing could.
    """
    if format != "json":
        found = _read(text, problems, format)
        return None if found is None else found[1]
    data = to_bytes(text, problems)
    seen = None if data is None else survey(data, problems)
    if data is None or seen is None:
        return None
    pipeline = read_at_once(data, seen)
    if pipeline is None:
        decoded = json.decode_surveyed(data, seen, problems)
        pipeline = None if decoded is None else _walk(decoded.plain, data, problems, format)
    return pipeline


def place(problems: Iterable[Problem], text: str | bytes, *, format: Format = "json") -> list[Problem]:
    """The same problems, with line and column in the text that they are about.

    Parameters
    ----------
    problems : iterable of Problem
        Those that have a line already keep it.
    text : str or bytes
        The document, which could be decoded.
    format : {'json', 'yaml', 'msgpack'}
        MessagePack has no lines.
    """
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    placed: list[Problem] = format_module(format).place(problems, data)
    return placed


def _read(text: str | bytes, problems: list[Problem], format: Format) -> tuple[Any, Pipeline | None] | None:
    """Plain values, and the pipeline that they are."""
    module = format_module(format)
    data = _to_bytes(text, problems, format)
    decoded = None if data is None else module.decode(data, problems)
    return None if data is None or decoded is None else (decoded.plain, _walk(decoded.plain, data, problems, format))


def _walk(plain: Any, data: bytes, problems: list[Problem], format: Format) -> Pipeline | None:
    found: list[Problem] = []
    pipeline = from_plain(plain, found)
    # An integer beyond 64 bits was found with the text, and again as a value.
    known = {problem.pointer for problem in problems}
    problems.extend(place([problem for problem in found if problem.pointer not in known], data, format=format))
    return pipeline


def _to_bytes(text: str | bytes, problems: list[Problem], format: Format) -> bytes | None:
    if format == "msgpack" and isinstance(text, str):
        raise TypeError("MessagePack is bytes, and this is a str")
    return to_bytes(text, problems)


def _encode(plain: Any, format: Format, refusal: str) -> str | bytes:
    """Plain values in a format, once they were found to be readable in it again."""
    module = format_module(format)
    problems: list[Problem] = []
    try:
        text: str | bytes = module.encode_plain(plain)
        data = text.encode() if isinstance(text, str) else text
    except (UnicodeEncodeError, TypeError, OverflowError, RecursionError) as error:
        problem = Problem(code="invalid-value", message=f"a name, a note or a text can't be written: {error}")
        raise DocumentError(str(problem), problems=(problem,)) from error
    module.decode(data, problems)
    _refuse(refusal, problems)
    return text


def _refuse(what: str, problems: list[Problem]) -> None:
    if not problems:
        return
    newer = any(problem.code == "unknown-version" for problem in problems)
    shown = summarize(problems[:20]) + (f"\nand {len(problems) - 20} more" if len(problems) > 20 else "")
    raise (UnsupportedVersionError if newer else DocumentError)(f"{what}:\n{shown}", problems=tuple(problems))
