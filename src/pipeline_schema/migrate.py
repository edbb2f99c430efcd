"""Formats: which version a document says it has, and whether this version of the package reads it.

Format 1.0 is the first, so there is nothing to migrate yet; the pure dict-to-dict functions that bring older
documents up will be rows here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pipeline_schema.document import FORMAT, FORMAT_MAJOR, FORMAT_MINOR
from pipeline_schema.problems import Problem, closest, pointer

__all__ = ["CURRENT", "Version", "read_version"]

_FORMAT = re.compile(r"pipeline-schema/(0|[1-9][0-9]{0,3})(?:\.(0|[1-9][0-9]{0,3}))?", re.ASCII)


class Version(NamedTuple):
    """A format's version: a new major is another language, a new minor adds words."""

    major: int
    minor: int

    @property
    def has_unknown_words(self) -> bool:
        """Whether the document may use what this version of the package has no name for."""
        return self.minor > FORMAT_MINOR

    def __str__(self) -> str:
        return f"pipeline-schema/{self.major}.{self.minor}"


CURRENT = Version(FORMAT_MAJOR, FORMAT_MINOR)


def read_version(value: object, problems: list[Problem]) -> Version:
    """Read the ``format`` of a document.

    Parameters
    ----------
    value : object
        What stands under ``format``; None if nothing does.
    problems : list of Problem
        Gets `unknown-version` for a newer major, `schema-error` for anything that is no format.

    Returns
    -------
    Version
        `CURRENT` where there is none to read, so that the rest of the document can still be looked at.
    """
    place = pointer("format")
    match = _FORMAT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        if value is None:
            message = f'the document has no format; its first line is "format": "{FORMAT}"'
            problems.append(Problem(code="schema-error", message=message, suggestions=(FORMAT,)))
        else:
            message = f"format is {value!a:.80}; it is written pipeline-schema/MAJOR or pipeline-schema/MAJOR.MINOR"
            near = closest(str(value)[:80], [FORMAT]) or (FORMAT,)
            problems.append(Problem(code="schema-error", message=message, pointer=place, suggestions=near))
        return CURRENT
    version = Version(int(match[1]), int(match[2] or 0))
    if version.major > FORMAT_MAJOR:
        message = (
            f"the document has format {match[0]}, and this version of pipeline-schema reads up to {FORMAT_MAJOR}.x: "
            "install a newer pipeline-schema, or save the document in the older format where it was made"
        )
        hint = "pip install --upgrade pipeline-schema"
        problems.append(Problem(code="unknown-version", message=message, pointer=place, install=hint))
    elif version.major < FORMAT_MAJOR:
        message = f"there is no format {match[0]}; the first is {FORMAT}"
        problems.append(Problem(code="unknown-version", message=message, pointer=place, suggestions=(FORMAT,)))
    return version
