"""What a docstring says about parameters and results, in the conventions of numpydoc."""

from __future__ import annotations

import inspect
import re
import warnings
from typing import Any, NamedTuple

__all__ = ["Doc", "Returned", "Stated", "read_doc"]

_LONGEST = 200
_ROLE = re.compile(r":[a-z:]+:`~?([^`<]*?)(?:\s*<[^>]*>)?`")
_SENTENCE_END = re.compile(r"(?<=[.!?])(?<!\.\.\.)\s+(?=[A-Z`])")
# A sentence goes without its citation, unless that is a word of it: "as described in [1]_".
_CITATION = re.compile(r"(?<! in)(?<! by)(?<! of)(?<! to)(?<! see)(?<! from)\s+\[\w+\]_", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z]+>")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ONLY_IF = re.compile(
    r"\b(only|provided|present|given|returned)\b[^.]{0,40}\b(if|when)\b|^if\b[^.]{0,60}\b(true|set)\b|\bdeprecated\b",
    re.IGNORECASE,
)


class Stated(NamedTuple):
    """What is written about a parameter: its type in words, and its description in one line."""

    type: str = ""
    text: str = ""


class Returned(NamedTuple):
    """What is written about a result; `name` is empty if it has none."""

    name: str
    type: str = ""
    text: str = ""


class Doc(NamedTuple):
    """What a docstring says.

    Attributes
    ----------
    summary : str
        Its first sentence.
    parameters : dict of str to Stated
    returns : tuple of Returned
        What a call without options returns: results that are given only when asked for are left out, if others are
        there.
    """

    summary: str
    parameters: dict[str, Stated]
    returns: tuple[Returned, ...]


def read_doc(value: Any) -> Doc:
    """Read the docstring of a callable; what can't be read counts as not written.

    Parameters
    ----------
    value : callable

    Returns
    -------
    Doc
    """
    from numpydoc.docscrape import NumpyDocString

    text = inspect.getdoc(value) or ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = NumpyDocString(text)
    except ValueError:
        return Doc(_line(text.split("\n\n")[0].splitlines()), {}, ())
    summary = parsed["Summary"] or parsed["Extended Summary"]
    stated = {}
    for section in ("Parameters", "Other Parameters"):
        for name, phrase, lines in parsed[section]:
            name, phrase = _split(name, phrase)
            for single in name.split(","):
                stated[single.strip(" *`").replace("\\", "").lstrip("*")] = Stated(phrase, _line(lines))
    return Doc(_line(summary), stated, _returns([_split_result(*row) for row in parsed["Returns"]]))


def _split(name: str, phrase: str) -> tuple[str, str]:
    """Parameters written ``name: type``, without numpydoc's space."""
    if not phrase and ":" in name:
        name, _, phrase = name.partition(":")
    return name, phrase.strip()


def _split_result(name: str, phrase: str, lines: list[str]) -> tuple[str, str, str]:
    head, colon, rest = phrase.partition(":")
    if not name and colon and _IDENTIFIER.fullmatch(head.strip()):
        name, phrase = head.strip(), rest.strip()
    elif not name and _IDENTIFIER.fullmatch(phrase) and phrase.lower().startswith("out"):
        name, phrase = phrase, ""
    return name, phrase, " ".join(line.strip() for line in lines)


def _returns(rows: list[tuple[str, str, str]]) -> tuple[Returned, ...]:
    rows = [row for row in rows if not row[1].startswith("..") and not row[0].startswith("..")]
    always = [row for row in rows if not re.search(r"optional|only if", row[1]) and not _ONLY_IF.search(row[2])]
    found = []
    for names, phrase, text in always or rows[:1]:
        # "X1, X2, ..., XN" is one result, a sequence; "[weights]" is given when asked for.
        parts = [""] if "..." in names else [part for part in names.split(",") if not part.strip().startswith("[")]
        parts = [re.sub(r"\W+", "_", part.strip(" `*")) for part in parts]
        found += [Returned(part if _IDENTIFIER.fullmatch(part) else "", phrase, text) for part in parts]
    return tuple(found)


def _line(lines: list[str]) -> str:
    text = " ".join(" ".join(lines).split())
    text = _CITATION.sub("", _TAG.sub("", _ROLE.sub(r"\1", text))).replace("``", "`")
    text = _SENTENCE_END.split(text.partition(" .. ")[0], maxsplit=1)[0]
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3].rstrip() + "..."
