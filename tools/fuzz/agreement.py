"""Where the published schema and the checker may differ, and why; anywhere else they agree (P4).

A JSON Schema sees shapes and names. It knows nothing of texts (a key that stands twice), of references, of sizes that
follow from other values, or of this machine; and it never refuses what a function takes. So differences go one way: the
checker refuses what the schema passes, for a reason that stands here. The one exception is a document without steps of
a newer minor format, which may have other things to do. Anything else is a mistake of either.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from pipeline_schema.migrate import read_version
from pipeline_schema.problems import Problem
from pipeline_schema.schema import pipeline_schema

__all__ = ["ONLY_CHECK", "Disagreement", "disagreement", "reason", "validator"]


class Reason(NamedTuple):
    """Why the checker refuses what the schema passes.

    Attributes
    ----------
    code : str
        Of the problem.
    pointer : str
        A pattern of the places where it may be so.
    message : str
        A pattern of what is said.
    why : str
    """

    code: str
    pointer: str
    message: str
    why: str


_ANY: Final = r".*"
ONLY_CHECK: Final = (
    Reason("parse-error", _ANY, _ANY, "the text is no JSON, or a key stands twice: a schema sees values"),
    Reason("limit-exceeded", _ANY, _ANY, "sizes of the whole document, and of arrays: products of numbers"),
    Reason("bad-reference", _ANY, _ANY, "which names there are is said elsewhere in the document"),
    Reason("cycle", _ANY, _ANY, "who waits for whom follows from all references"),
    Reason("missing-parameter", _ANY, _ANY, "a parameter is bound by params, by inputs, or by what flows in"),
    Reason(
        "payload-error",
        _ANY,
        _ANY,
        "how much data there is, and how large its numbers are, follows from dtype and shape",
    ),
    Reason("path-error", _ANY, _ANY, "whether a file is there, and which characters of Unicode can be printed"),
    Reason("invalid-value", _ANY, _ANY, "a schema passes what some version of a library takes, and judges no options"),
    Reason("unknown-version", _ANY, _ANY, "of a newer format, what can't be read is kept as a word of it"),
    Reason("schema-error", r"/requires/.*", "is not a version specifier", "specifiers have a grammar of their own"),
    Reason("schema-error", _ANY, "the key .* is already there", "that keys of $dict differ: 1, 1.0 and true are one"),
    Reason(
        "schema-error", _ANY, "an integer is beyond 64 bits", "to a schema 1e22 is the integer of 23 digits, and may be"
    ),
    Reason("version-mismatch", _ANY, _ANY, "which versions are installed, a machine says"),
    Reason("unknown-function", _ANY, "is of a library that is not known here", "which plugins there are"),
)


class Disagreement(NamedTuple):
    """What the two say of one document."""

    kind: str
    detail: str


@functools.cache
def validator() -> Any:
    """The published schema, ready to validate."""
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(pipeline_schema())


def reason(problem: Problem) -> Reason | None:
    """Why the schema need not see a problem; None if it must."""
    for known in ONLY_CHECK:
        here = problem.code == known.code and re.fullmatch(known.pointer, problem.pointer, re.DOTALL)
        if here and re.search(known.message, problem.message, re.DOTALL):
            return known
    return None


def disagreement(plain: Any, problems: Iterable[Problem]) -> Disagreement | None:
    """Compare what the schema and the checker say of one document.

    Parameters
    ----------
    plain : JSON value
        The document, decoded.
    problems : iterable of Problem
        What `check` found.

    Returns
    -------
    Disagreement or None
        None where they agree, or differ for a known reason.
    """
    errors = [problem for problem in problems if problem.severity == "error"]
    if validator().is_valid(plain):
        for problem in errors:
            if reason(problem) is None and validator().is_valid(_no_whole_floats(plain)):
                said = re.sub(r"""'.*?'|".*?"|\S*:\S+|\d+""", "", problem.message)
                return Disagreement(f"only check refuses, {problem.code}, {said:.60}", str(problem))
        return None
    if errors or _may_lack_steps(plain):
        return None
    first = next(iter(validator().iter_errors(plain)))
    return Disagreement("only the schema refuses", f"{'/'.join(map(str, first.instance_path))}: {first.message[:300]}")


def _may_lack_steps(plain: Any) -> bool:
    newer = isinstance(plain, dict) and read_version(plain.get("format"), []).has_unknown_words
    return newer and "steps" not in plain


def _no_whole_floats(plain: Any) -> Any:
    """The same without floats such as 2.0, which a schema takes for integers, and a document keeps apart from them."""
    if isinstance(plain, dict):
        return {key: _no_whole_floats(value) for key, value in plain.items()}
    if isinstance(plain, list):
        return [_no_whole_floats(value) for value in plain]
    return 0.5 if isinstance(plain, float) and plain.is_integer() else plain
