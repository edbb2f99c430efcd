"""The answer for one document, from which every report is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    # What knows of places is loaded where something is wrong at one.
    from pipeline_schema.codec import Format
    from pipeline_schema.fixes import Edit
    from pipeline_schema.problems import Problem
    from pipeline_schema.spans import Spans, Text

__all__ = ["STDIN", "Checked"]

STDIN = "-"
"""How standard input is named."""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a document.

    Attributes
    ----------
    path : str
        As it was named on the command line, or found in a folder; ``-`` is standard input.
    problems : tuple of Problem
        In order of place.
    digest : str or None
        Of the document; None if it can't be read.
    strict : bool
        Whether warnings count as errors.
    text : Text or None
        What was checked; None where it could not be read, or is no text.
    format : {'json', 'yaml', 'msgpack'}
        Of the text.
    """

    path: str
    problems: tuple[Problem, ...] = ()
    digest: str | None = None
    strict: bool = False
    text: Text | None = None
    format: Format = "json"

    @property
    def ok(self) -> bool:
        """Whether the document may run."""
        stops = ("error", "warning") if self.strict else ("error",)
        return not any(problem.severity in stops for problem in self.problems)

    @property
    def shown_path(self) -> str:
        """The path for reports that are read elsewhere, where ``-`` says nothing."""
        return "stdin" if self.path == STDIN else self.path

    def spans(self, problem: Problem) -> Spans | None:
        """What stands at the place of a problem; None if it has no place in a text.

        Of a problem of a name, such as an unknown parameter, the name is the value, and there is no key.
        """
        if self.text is None or problem.line is None or problem.column is None:
            return None
        from pipeline_schema.fixes import is_of_key
        from pipeline_schema.spans import Spans

        spans = self.text.spans(problem.line, problem.column)
        return Spans(None, spans.key) if spans.key is not None and is_of_key(problem) else spans

    def edits(self) -> list[Edit]:
        """What mends the problems of which it is certain what was meant."""
        from pipeline_schema.fixes import find_edits

        return [] if self.text is None else find_edits(self.text, self.problems, format=self.format)
