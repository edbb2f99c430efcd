"""The graph of a document: what its shorthand stands for, who refers to whom, and in which order steps run.

Everything here is computed from the document alone, so it means the same on every machine, whatever is installed there.
"""

from __future__ import annotations

import functools
import heapq
import itertools
import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

import msgspec

from pipeline_schema.document import NAME_PATTERN, Pipeline, Reference, Step
from pipeline_schema.limits import MAX_PROBLEMS
from pipeline_schema.problems import Problem, closest, pointer

__all__ = ["FLOW", "Ref", "bindings", "expand", "find_problems", "order", "parse_reference", "references", "step_ids"]

# The name in a step's inputs that stands for the function's flow parameter.
FLOW = "@"

# Of steps on a circle, so many are listed; of names, so many are compared with those that are not known.
_MOST_LISTED = 20
_MOST_COMPARED = 200_000

_NAME = re.compile(NAME_PATTERN, re.ASCII)
_REFERENCE = re.compile(rf"({NAME_PATTERN})(?:\.([0-9]+|{NAME_PATTERN}))?", re.ASCII)
_LONGEST = 64 + 1 + 64
_NOT_NAME = re.compile(r"[^A-Za-z0-9_-]", re.ASCII)


class Ref(NamedTuple):
    """A reference taken apart.

    Attributes
    ----------
    base : str
        A pipeline input or a step's id.
    item : str or None
        One of several outputs, by position (digits) or by name; None is the whole result.
    """

    base: str
    item: str | None


@functools.lru_cache(maxsize=4096)
def parse_reference(text: str) -> Ref | None:
    """Take a reference apart; None if it is not spelled ``id``, ``id.0`` or ``id.name``."""
    # What is longer than two names is kept by nobody, whatever a document holds.
    return _known(text) if len(text) <= _LONGEST else _taken_apart(text)


def _taken_apart(text: str) -> Ref | None:
    match = _REFERENCE.fullmatch(text)
    return Ref(match[1], match[2]) if match else None


# Planning asks some eight times for each.
_known = functools.lru_cache(maxsize=4096)(_taken_apart)


def step_ids(pipeline: Pipeline) -> list[str]:
    """The id of every step: as written, or the last part of its key, with ``_2``, ``_3`` where that is taken."""
    written = [step.id for step in pipeline.steps]
    if None not in written:
        return written  # type: ignore[return-value] # mypy does not follow `in`
    taken = {name for name in written if name is not None} | set(pipeline.inputs)
    counts: dict[str, int] = {}
    ids = []
    for step in pipeline.steps:
        if step.id is not None:
            ids.append(step.id)
            continue
        stem = _default_id(step.function)
        count = counts.get(stem, 1)
        name = stem if count == 1 else _numbered(stem, count)
        while name in taken:
            count += 1
            name = _numbered(stem, count)
        # Numbers below are taken for good: 10,000 steps of one function must not try each of them again.
        counts[stem] = count
        taken.add(name)
        ids.append(name)
    return ids


def _numbered(stem: str, count: int) -> str:
    return f"{stem[: 63 - len(str(count))]}_{count}"


def _default_id(key: str) -> str:
    # A key that is spelled wrongly must still give its step a name: problems are reported by step.
    name = _NOT_NAME.sub("_", re.split(r"[.:]", key)[-1])[:64]
    return name if _NAME.fullmatch(name) else "step"


def expand(pipeline: Pipeline) -> Pipeline:
    """The same pipeline with every id, input and output written out.

    Parameters
    ----------
    pipeline : Pipeline
        Unchanged; what need not be expanded is shared with the result.

    Returns
    -------
    Pipeline
        Every step has an `id` and `inputs`, the pipeline has `outputs`. Expanding it again changes nothing.
    """
    named = list(bindings(pipeline))
    steps = [
        msgspec.structs.replace(step, id=name, inputs=inputs)
        for (name, inputs), step in zip(named, pipeline.steps, strict=True)
    ]
    outputs = pipeline.outputs
    if outputs is None:
        outputs = {named[-1][0]: named[-1][0]} if named else {}
    return msgspec.structs.replace(pipeline, steps=steps, outputs=outputs)


def bindings(pipeline: Pipeline) -> Iterator[tuple[str, dict[str, Reference]]]:
    """The id and the inputs of every step, written out."""
    previous = next(iter(pipeline.inputs), None)
    for name, step in zip(step_ids(pipeline), pipeline.steps, strict=True):
        inputs = step.inputs
        if inputs is None:
            inputs = {} if previous is None else {FLOW: previous}
        yield name, inputs
        previous = name


def references(step: Step) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every reference of an expanded step, with its path below the step."""
    for parameter, reference in (step.inputs or {}).items():
        if isinstance(reference, str):
            yield ("inputs", parameter), reference
        else:
            for index, text in enumerate(reference):
                yield ("inputs", parameter, index), text


def _bases(reference: Reference) -> Iterator[str]:
    for text in [reference] if isinstance(reference, str) else reference:
        parsed = parse_reference(text)
        if parsed is not None:
            yield parsed.base


def _sort(pipeline: Pipeline) -> tuple[list[int], list[int]]:
    """Indices of the steps in running order, and of those that can't run because they wait for each other."""
    ids = [step.id for step in pipeline.steps]
    index_of = {name: index for index, name in enumerate(ids)}
    needs = [
        {index_of[base] for reference in (step.inputs or {}).values() for base in _bases(reference) if base in index_of}
        for step in pipeline.steps
    ]
    needed_by: list[list[int]] = [[] for _ in ids]
    for index, sources in enumerate(needs):
        for source in sources:
            needed_by[source].append(index)
    waiting = [len(sources) for sources in needs]
    # A heap keeps document order among steps that could all run.
    ready = [index for index, count in enumerate(waiting) if count == 0]
    done = []
    while ready:
        index = heapq.heappop(ready)
        done.append(index)
        for follower in needed_by[index]:
            waiting[follower] -= 1
            if waiting[follower] == 0:
                heapq.heappush(ready, follower)
    return done, sorted(_circle({i: needs[i] for i in set(range(len(ids))) - set(done)}))


def _circle(needs: dict[int, set[int]]) -> set[int]:
    """Of steps that can't run, those on a circle or between two: who only follows a circle is not to blame."""
    users = dict.fromkeys(needs, 0)
    for sources in needs.values():
        for source in sources & users.keys():
            users[source] += 1
    unused = [index for index, count in users.items() if count == 0]
    blamed = set(needs)
    while unused:
        index = unused.pop()
        blamed.discard(index)
        for source in needs[index] & users.keys():
            users[source] -= 1
            if users[source] == 0:
                unused.append(source)
    return blamed


def order(pipeline: Pipeline) -> list[int]:
    """Indices of the steps in an order in which each comes after what it needs; document order where free.

    Parameters
    ----------
    pipeline : Pipeline
        Expanded. Steps on a cycle, and those that need them, are left out (`find_problems` names them).
    """
    return _sort(pipeline)[0]


def find_problems(pipeline: Pipeline) -> list[Problem]:
    """Names that clash, references that lead nowhere, steps that wait for each other.

    Parameters
    ----------
    pipeline : Pipeline
        As written; it need not be expanded.

    Returns
    -------
    list of Problem
        At most `MAX_PROBLEMS`.
    """
    return list(itertools.islice(_find_problems(expand(pipeline)), MAX_PROBLEMS))


def _find_problems(expanded: Pipeline) -> Iterator[Problem]:
    names: set[str] = set(expanded.inputs)
    ambiguous = False
    for index, step in enumerate(expanded.steps):
        if step.id in names:
            what = "an input of the pipeline" if step.id in expanded.inputs else "another step"
            ambiguous = True
            yield Problem(
                code="bad-reference",
                message=f"the id {step.id!r} is already that of {what}; ids and inputs share one namespace",
                pointer=pointer("steps", index, "id"),
                step=step.id,
            )
        names.add(str(step.id))
    nearest = _Nearest(names)
    for index, step in enumerate(expanded.steps):
        for path, text in references(step):
            pointed = pointer("steps", index, *path)
            yield from _reference_problems(text, nearest, pointed, step=step.id, parameter=str(path[1]))
    for name, text in (expanded.outputs or {}).items():
        yield from _reference_problems(text, nearest, pointer("outputs", name))
    # Where two things have one name, who waits for whom can't be told.
    circle = [] if ambiguous else _sort(expanded)[1]
    if circle:
        listed = ", ".join(str(expanded.steps[index].id) for index in circle[:_MOST_LISTED])
        more = f" and {len(circle) - _MOST_LISTED} more" if len(circle) > _MOST_LISTED else ""
        yield Problem(
            code="cycle",
            message=f"these steps wait for each other: {listed}{more}; let one of them take something else",
            pointer=pointer("steps", circle[0]),
            step=expanded.steps[circle[0]].id,
        )


class _Nearest:
    """Names that may have been meant, for so many who ask: among 10,000 names each answer takes 50 ms."""

    def __init__(self, names: Collection[str]) -> None:
        self.names = names
        self._left = _MOST_COMPARED

    def __call__(self, name: str) -> tuple[str, ...]:
        if self._left <= 0:
            return ()
        self._left -= len(self.names)
        return closest(name, sorted(self.names))


def _reference_problems(
    text: str, nearest: _Nearest, where: str, *, step: str | None = None, parameter: str | None = None
) -> Iterator[Problem]:
    parsed = parse_reference(text)
    if parsed is None:
        message = f"{text!a:.80} is not a reference; it is an input's name, a step's id, id.0 or id.name"
    elif parsed.base not in nearest.names:
        message = f"{parsed.base!r} is neither an input of the pipeline nor the id of a step"
    else:
        return
    base, dot, item = text.partition(".")
    yield Problem(
        code="bad-reference",
        message=message,
        pointer=where,
        step=step,
        parameter=parameter,
        suggestions=tuple(near + dot + item for near in nearest(base)),
    )
