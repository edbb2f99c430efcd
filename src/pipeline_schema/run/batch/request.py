"""What a run is asked for: read and put together quickly, so that workers can start, and judged while they do."""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pipeline_schema.codec import Format, dumps, loads
from pipeline_schema.codec.files import format_of, read_file
from pipeline_schema.document import Pipeline
from pipeline_schema.errors import PlanError, UsageError
from pipeline_schema.problems import blocking, summarize
from pipeline_schema.run.batch.options import RunOptions, refuse_options
from pipeline_schema.run.engines.capacity import default_workers
from pipeline_schema.run.files.landing import say
from pipeline_schema.run.inputs.finding import find_items
from pipeline_schema.run.inputs.manifest import read_header
from pipeline_schema.run.inputs.settings import Settings, bind, required
from pipeline_schema.run.item import Found
from pipeline_schema.run.workers.functions import ensure_catalogs

__all__ = ["Request", "judge", "read_request", "refuse_what_is_no_text"]


class Request(NamedTuple):
    """A document and what it is to run on.

    Attributes
    ----------
    source : bytes
        The document as it was given.
    form : {'json', 'yaml', 'msgpack'}
        Its format.
    document : bytes
        It as JSON, which workers are sent.
    pipeline : Pipeline
    base : Path or None
        The folder that ``$file`` paths are relative to.
    bound : Settings
    workers : int
        As many as are wanted, and no more than there are items.
    head : list of Found
        As many of the items as tell that.
    found : iterator of Found
        All of the items.
    """

    source: bytes
    form: Format
    document: bytes
    pipeline: Pipeline
    base: Path | None
    bound: Settings
    workers: int
    head: list[Found]
    found: Iterator[Found]

    def paths(self) -> Iterator[str | Path]:
        """What is read, as far as it is known yet."""
        yield from self.bound.paths.values()
        for item in self.head:
            for given in item.inputs.values():
                yield from given.files()


def read_request(
    document: bytes | str | os.PathLike[str], inputs: Iterable[str | os.PathLike[str]], options: RunOptions
) -> Request:
    """Read a document and find its items.

    Parameters
    ----------
    document : bytes or path
        The document as JSON, or the file that holds it in the format that its suffix says.
    inputs : iterable of path
        See `find_items`.
    options : RunOptions

    Raises
    ------
    UsageError
        If an option or an input makes no sense.
    DocumentError
        If the document can't be read, with all problems.
    PlanError
        If it can't run, and there is something else that can't be: what is wrong with a document comes first.
    """
    form: Format = "json"
    base = options.base
    if not isinstance(document, bytes):
        path = Path(document)
        form = format_of(path)
        try:
            document = read_file(path)
        except OSError as error:
            raise UsageError(f"{path} can't be read: {say(error)}") from error
        base = path.parent if base is None else base
    base = None if base is None else Path(base)
    pipeline = loads(document, format=form)
    ensure_catalogs(pipeline)
    try:
        refuse_options(options)
        columns = None if options.manifest is None else read_header(Path(options.manifest))
        bound = bind(pipeline.inputs, options.settings, axes=options.axes, columns=columns)
        found = _find(inputs, pipeline, bound, options)
        head = list(itertools.islice(found, options.workers or default_workers()))
    except UsageError:
        _refuse_problems(document, form, base)
        raise
    plain = document if form == "json" else dumps(pipeline).encode()
    return Request(document, form, plain, pipeline, base, bound, len(head), head, itertools.chain(head, found))


def judge(request: Request) -> None:
    """Refuse what can't run, before there is a folder.

    Raises
    ------
    PlanError
        With all problems of the document.
    UsageError
        If no function takes a value that was set, since each item would fail of it; or if a name is no text.
    """
    _refuse_problems(request.source, request.form, request.base)
    for name, value in request.bound.values.items():
        if (fault := _fault(request.pipeline, name, value)) is not None:
            raise UsageError(f"--set {name}: {fault}")
    for used in (request.base or "", *request.paths()):
        refuse_what_is_no_text(used)


def refuse_what_is_no_text(path: str | os.PathLike[str]) -> None:
    """Refuse a path that neither JSON nor a message can hold: found later, it would cost the run its record."""
    name = os.fspath(Path(path).absolute())
    try:
        name.encode()
    except UnicodeEncodeError:
        raise UsageError(f"the name {name!a} is not UTF-8; rename it, or use a UTF-8 locale") from None


def _find(
    inputs: Iterable[str | os.PathLike[str]], pipeline: Pipeline, bound: Settings, options: RunOptions
) -> Iterator[Found]:
    free = {name: given for name, given in pipeline.inputs.items() if name not in {**bound.values, **bound.paths}}
    return find_items(
        inputs,
        varied=bound.varied,
        manifest=options.manifest,
        inputs=free,
        required=required(pipeline.inputs, options.settings),
        judge=_judge_cells(pipeline),
        pattern=options.pattern,
        stack=options.stack,
        skip_incomplete=options.skip_incomplete,
    )


def _refuse_problems(document: bytes, form: Format, base: Path | None) -> None:
    # Loaded here, when workers are starting: it takes as long as the rest of what comes before them.
    from pipeline_schema.check import check

    errors = blocking(check(document, format=form, base=base))
    if errors:
        raise PlanError(f"the pipeline can't run:\n{summarize(errors)}", problems=errors)


def _fault(pipeline: Pipeline, name: str, value: Any) -> str | None:
    """Why no function takes a value for an input, if none does."""
    from pipeline_schema.check import find_setting_problems

    for problem in find_setting_problems(pipeline, {name: value}):
        hint = f"; did you mean {' or '.join(problem.suggestions)}?" if problem.suggestions else ""
        return problem.message + hint
    return None


def _judge_cells(pipeline: Pipeline) -> Callable[[str, Any], str | None]:
    """`_fault` for the cells of a manifest: a column of a hundred thousand rows has few values, mostly."""

    @functools.lru_cache(maxsize=4096)
    def judged(name: str, encoded: bytes) -> str | None:
        return _fault(pipeline, name, msgspec.json.decode(encoded))

    return lambda name, value: judged(name, msgspec.json.encode(value))
