"""Problems: what is wrong with a document, where, and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Literal

import msgspec

__all__ = ["Code", "Problem", "Severity", "blocking", "closest", "pointer", "summarize"]

# No name that is known is longer; comparing takes time in proportion.
_LONGEST = 256

Severity = Literal["error", "warning", "note"]
Code = Literal[
    "axis-ambiguous",
    "bad-reference",
    "cycle",
    "deprecated",
    "excluded-function",
    "invalid-value",
    "kind-mismatch",
    "limit-exceeded",
    "missing-parameter",
    "parse-error",
    "path-error",
    "payload-error",
    "schema-error",
    "unavailable-function",
    "unknown-function",
    "unknown-parameter",
    "unknown-version",
    "unseeded",
    "unused-step",
    "version-mismatch",
]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a document.

    Attributes
    ----------
    code : str
        Stable; each is explained in ``docs/checking.md``.
    severity : {'error', 'warning', 'note'}
        Only errors keep a document from running.
    message : str
        What is wrong and what to do.
    pointer : str
        JSON Pointer into the document (RFC 6901); empty for the whole document.
    line, column : int or None
        Of the place in the text as written, from 1; None if there was no text.
    step, parameter : str or None
        What it is about.
    suggestions : tuple of str
        The closest names, best first.
    install : str or None
        What to install or attach.
    """

    code: Code
    message: str
    severity: Severity = "error"
    pointer: str = ""
    line: int | None = None
    column: int | None = None
    step: str | None = None
    parameter: str | None = None
    suggestions: tuple[str, ...] = ()
    install: str | None = None

    def __str__(self) -> str:
        place = f" at {self.pointer}" if self.pointer else ""
        if self.line is not None:
            place += f" (line {self.line}, column {self.column})"
        hint = f"; did you mean {' or '.join(self.suggestions)}?" if self.suggestions else ""
        return f"{self.code}: {self.message}{hint}{place}"


def pointer(*parts: str | int) -> str:
    """The JSON Pointer of a path, for example ``/steps/3/params/sigma``."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def closest(name: str, known: Iterable[str], *, limit: int = 3) -> tuple[str, ...]:
    """The names most like `name`, best first; empty if none is near. Upper and lower case are alike."""
    names: dict[str, list[str]] = {}
    for one in known:
        names.setdefault(one.casefold(), []).append(one)
    near = difflib.get_close_matches(name[:_LONGEST].casefold(), names, n=limit, cutoff=0.6)
    return tuple(one for folded in near for one in names[folded])[:limit]


def blocking(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Those that keep a document from running here: errors, and functions that this machine can't run."""
    return tuple(p for p in problems if p.severity == "error" or p.code == "unavailable-function")


def summarize(problems: Iterable[Problem]) -> str:
    """All problems as text, one a line, for the message of an error."""
    return "\n".join(str(problem) for problem in problems)
