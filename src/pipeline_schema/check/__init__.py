"""Checking: everything that is wrong with a document, before anything runs.

Needs no image library: what functions take is read from the catalogs. Each module here knows one kind of problem.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from pipeline_schema import graph
from pipeline_schema.check.axes import find_ambiguous_axes, find_axes_problems
from pipeline_schema.check.constants import Constants
from pipeline_schema.check.functions import Functions
from pipeline_schema.check.kinds import find_kind_mismatches
from pipeline_schema.check.names import find_step_problems
from pipeline_schema.check.newer import find_unknown_words
from pipeline_schema.check.options import find_option_problems
from pipeline_schema.check.places import beyond, in_order
from pipeline_schema.check.references import find_item_problems, find_unused_steps
from pipeline_schema.check.requires import find_version_problems
from pipeline_schema.check.seeds import find_unseeded_steps
from pipeline_schema.check.settings import find_default_problems, find_setting_problems
from pipeline_schema.codec import Format, place, read
from pipeline_schema.document import Pipeline
from pipeline_schema.limits import MAX_PROBLEMS
from pipeline_schema.problems import Problem

__all__ = ["Functions", "check", "check_read", "find_binding_problems", "find_setting_problems"]


def check(
    document: Pipeline | str | bytes,
    *,
    format: Format = "json",
    base: Path | None = None,
    strict: bool = False,
) -> list[Problem]:
    """Find all problems of a document.

    Parameters
    ----------
    document : Pipeline, str or bytes
        A document, or its text; then problems have lines and columns.
    format : {'json', 'yaml', 'msgpack'}
        Of the text; MessagePack has no lines and columns.
    base : Path, optional
        The document's folder, for the files that it names; without it they are not looked for.
    strict : bool
        Whether `axis-ambiguous` is an error instead of a warning.

    Returns
    -------
    list of Problem
        In the order of their places. A document without errors can be planned on a machine that has its libraries.
        Empty if there is nothing to say. A text that can't be read gives its problems too, and raises nothing.
    """
    if isinstance(document, Pipeline):
        return in_order(islice(_find_problems(document, base, None, strict=strict), MAX_PROBLEMS), document)
    problems: list[Problem] = []
    pipeline = read(document, problems, format=format)
    return check_read(pipeline, problems, document, format=format, base=base, strict=strict)


def check_read(
    pipeline: Pipeline | None,
    problems: Sequence[Problem],
    text: str | bytes,
    *,
    format: Format = "json",
    base: Path | None = None,
    strict: bool = False,
    functions: Functions | None = None,
) -> list[Problem]:
    """Find all problems of a document that was read already, for those who need it themselves.

    Parameters
    ----------
    pipeline : Pipeline or None
        What `codec.read` gave.
    problems : sequence of Problem
        What it found.
    text : str or bytes
        What it read.
    format, base, strict
        As for `check`.
    functions : Functions, optional
        The same one for documents that are checked together, so that what several of them name is looked up once.
    """
    if pipeline is None:
        return list(problems)
    # What could be read of a document with problems is judged too, but for what could not be read.
    found = islice(_find_problems(pipeline, base, functions, strict=strict), MAX_PROBLEMS)
    judged = place(found, text, format=format)
    return in_order([*problems, *beyond(judged, problems)], pipeline)


def find_binding_problems(document: Pipeline) -> list[Problem]:
    """What keeps the names of a document from being bound: functions, parameters, options, references, versions.

    Parameters
    ----------
    document : Pipeline

    Returns
    -------
    list of Problem
        Without those of values: a worker asks this of a document whose values its parent has judged.
    """
    found = _find_binding_problems(document, graph.expand(document), Functions())
    return in_order(islice(found, MAX_PROBLEMS), document)


def _find_binding_problems(written: Pipeline, pipeline: Pipeline, functions: Functions) -> Iterator[Problem]:
    entries = [functions.entry(step.function) for step in pipeline.steps]
    yield from find_unknown_words(pipeline)
    yield from find_version_problems(pipeline)
    yield from find_axes_problems(pipeline)
    for index, (step, entry) in enumerate(zip(pipeline.steps, entries, strict=True)):
        # A step of a newer format may name no function; its words are reported above.
        if step.function or not step.unknown:
            yield from functions.problems(step.function, "steps", index, "function", step=step.id)
        if entry is not None:
            yield from find_step_problems(written.steps[index], step, entry, ("steps", index))
        yield from find_option_problems(step, entry, index)
    yield from graph.find_problems(written)
    yield from find_item_problems(pipeline, entries)


def _find_problems(
    written: Pipeline, base: Path | None, functions: Functions | None, *, strict: bool
) -> Iterator[Problem]:
    pipeline = graph.expand(written)
    functions = functions or Functions()
    functions.begin()
    yield from _find_binding_problems(written, pipeline, functions)
    entries = [functions.entry(step.function) for step in pipeline.steps]
    constants = Constants(functions, base)
    for name, declared in pipeline.inputs.items():
        if declared.has_default:
            yield from constants.find_value_problems(declared.default, ("inputs", name, "default"))
    for index, (step, entry) in enumerate(zip(pipeline.steps, entries, strict=True)):
        yield from constants.find_problems(step.params, entry, ("steps", index, "params"), step.id)
    yield from find_default_problems(pipeline, entries)
    yield from find_kind_mismatches(pipeline, entries)
    yield from find_unused_steps(pipeline)
    yield from find_ambiguous_axes(pipeline, entries, strict=strict)
    yield from find_unseeded_steps(pipeline, entries)
