"""Fixes: mistakes of which it is certain what was meant, mended in the text as it was written.

Only one name is ever put in place of another, so that the rest of the text stays as it is, byte by byte: a parameter
that was renamed and still means the same, a key's other name, and a single name so close that it must be the one.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

import msgspec

from pipeline_schema.codec import Format, place
from pipeline_schema.document import FORMAT, Input, Options, Pipeline, Step
from pipeline_schema.problems import Problem
from pipeline_schema.spans import Span, Text

__all__ = ["Edit", "apply_edits", "find_edits", "is_of_key"]

# How alike (1 is equal) a name and the only one suggested for it must be: `parameters` and `params` just are.
_ALIKE = 0.75
_NEVER = ("parse-error", "limit-exceeded", "unknown-version")
_KEYS = ("unknown-parameter", "schema-error", "deprecated")
_VALUES = ("unknown-function", "invalid-value", "bad-reference", "schema-error", "deprecated")
# A place that is called like this has its right name, so that a problem is about what is written there.
_WORDS = frozenset(
    {
        "$schema",
        "$call",
        "$function",
        *(word for kind in (Pipeline, Input, Step, Options) for word in kind.__struct_fields__),
    }
)


class Edit(NamedTuple):
    """One name to write in place of another.

    Attributes
    ----------
    span : Span
        What is replaced, quotes included.
    text : str
        What stands there then.
    problem : Problem
        What is mended by that.
    """

    span: Span
    text: str
    problem: Problem


def find_edits(text: Text, problems: Sequence[Problem], *, format: Format = "json") -> list[Edit]:
    """The edits that mend what can be mended without asking.

    Parameters
    ----------
    text : Text
        As it was checked.
    problems : sequence of Problem
        All of its problems, with places. Of a text that is no document nothing is mended.
    format : {'json', 'yaml'}
        Of the text.

    Returns
    -------
    list of Edit
        In order of place; no two overlap.
    """
    if any(problem.code in _NEVER or FORMAT in problem.suggestions for problem in problems):
        return []
    edits: dict[Span, Edit] = {}
    for problem in problems:
        if len(problem.suggestions) == 1 and problem.line is not None and problem.column is not None:
            edit = _edit(text, problem)
            if edit is not None:
                edits.setdefault(edit.span, edit)
    renamed = [edit for edit in edits.values() if is_of_key(edit.problem)]
    for edit in _clashing(text, renamed, format):
        del edits[edit.span]
    return sorted(edits.values())


def apply_edits(text: Text, edits: Sequence[Edit]) -> str:
    """The text with edits made, and everything else as it was."""
    parts, at = [], 0
    for edit in edits:
        parts += [text.text[at : edit.span.start], edit.text]
        at = edit.span.end
    return "".join([*parts, text.text[at:]])


def _edit(text: Text, problem: Problem) -> Edit | None:
    assert problem.line is not None
    assert problem.column is not None
    spans = text.spans(problem.line, problem.column)
    span = spans.key if is_of_key(problem) else spans.value
    if span is None or problem.code not in (_KEYS if span is spans.key else _VALUES):
        return None
    written = text.text[span.start : span.end]
    before, after = _unquoted(written), problem.suggestions[0]
    if before is None or (span is spans.key and before != _last(problem.pointer)):
        return None
    if not _is_certain(problem, before, after):
        return None
    return Edit(span, _quoted(after, written), problem)


def is_of_key(problem: Problem) -> bool:
    """Whether the name of a place is wrong, and not what is written there."""
    if problem.code == "schema-error":
        return _last(problem.pointer) not in _WORDS
    return problem.code == "unknown-parameter" or (problem.code == "deprecated" and problem.parameter is not None)


def _is_certain(problem: Problem, before: str, after: str) -> bool:
    if problem.code == "deprecated":
        return True  # suggested is only what means the same
    if problem.code == "unknown-function":
        # Another library's function of this name takes other parameters: only one of the two parts may be misspelled.
        library, _, name = before.replace(".", ":", 1).partition(":") if ":" not in before else before.partition(":")
        to_library, _, to_name = after.partition(":")
        if name == to_name:
            return _are_alike(library, to_library)
        return library == to_library and _are_alike(name.rpartition(".")[2], to_name.rpartition(".")[2])
    return _are_alike(before, after)


def _are_alike(before: str, after: str) -> bool:
    before, after = before.casefold(), after.casefold()
    return before == after or SequenceMatcher(None, before, after, autojunk=False).ratio() >= _ALIKE


def _clashing(text: Text, renamed: Sequence[Edit], format: Format) -> list[Edit]:
    """The edits that would write a key where there is one of that name, or where a step binds it otherwise."""
    if not renamed:
        return []
    probes, of = [], []
    for edit in renamed:
        parent = edit.problem.pointer.rpartition("/")[0]
        step, _, field = parent.rpartition("/")
        for around in {parent, *(f"{step}/{other}" for other in ("params", "inputs") if field in ("params", "inputs"))}:
            probes += [_at(around), _at(f"{around}/{_escaped(edit.problem.suggestions[0])}")]
            of.append(edit)
    placed = [(problem.line, problem.column) for problem in place(probes, text.text, format=format)]
    # What is not there is placed at what is around it.
    there = [inside != around for around, inside in zip(placed[::2], placed[1::2], strict=True)]
    # Two keys that become one clash as well.
    targets = [(edit.problem.pointer.rpartition("/")[0], edit.text) for edit in renamed]
    twice = [edit for edit, target in zip(renamed, targets, strict=True) if targets.count(target) > 1]
    clashing = {edit.span: edit for edit, is_there in zip(of, there, strict=True) if is_there}
    return list((clashing | {edit.span: edit for edit in twice}).values())


def _at(pointer: str) -> Problem:
    return Problem(code="schema-error", message="", pointer=pointer)


def _last(pointer: str) -> str:
    return pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _unquoted(written: str) -> str | None:
    """The name that a quoted or bare text stands for; None where it stands for something else."""
    if written[:1] == '"':
        try:
            return msgspec.json.decode(written, type=str)
        except msgspec.MsgspecError:
            return None
    if written[:1] == "'":
        return written[1:-1].replace("''", "'")
    return written if written[:1].isalpha() or written[:1] in "_@" else None


def _quoted(name: str, like: str) -> str:
    if like[:1] == '"':
        return msgspec.json.encode(name).decode()
    return "'" + name.replace("'", "''") + "'" if like[:1] == "'" else name
