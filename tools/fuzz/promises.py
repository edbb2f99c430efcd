"""What holds for any bytes: a typed answer with a code and a place, or a document that nothing is lost of.

One examination asks for everything that `docs/checking.md` promises of reading (P2, P4, P5); `None` means that all of
it held. A document's functions are looked up, and never imported.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, get_args

import pipeline_schema.codec
from pipeline_schema.check import check
from pipeline_schema.codec import canonical, digest, dumps, from_plain, loads, to_plain
from pipeline_schema.document import Pipeline, Step
from pipeline_schema.errors import DocumentError
from pipeline_schema.problems import Code, Problem
from tools.fuzz.agreement import disagreement

__all__ = ["FORMATS", "BrokenError", "examine", "formats"]

_CODES: Final = frozenset(get_args(Code))
# Documents here have some kilobytes: a second is a thousand times what one takes.
_MOST_SECONDS: Final = 2.0


def formats() -> tuple[str, ...]:
    """The formats that this version reads and writes."""
    known = []
    for name in ("json", "yaml", "msgpack"):
        try:
            dumps(Pipeline(steps=[Step(function="numpy:add")]), format=name)
        except (ValueError, ImportError):
            continue
        known.append(name)
    return tuple(known)


FORMATS: Final = formats()


class BrokenError(Exception):
    """A promise that did not hold.

    Parameters
    ----------
    what : str
        Which; the same for all inputs that break it in the same way.
    how : str
        What came instead.
    """

    def __init__(self, what: str, how: str = "") -> None:
        super().__init__(f"{what}: {how}" if how else what)
        self.what = what


def examine(data: bytes, format: str) -> BrokenError | None:
    """Ask for all promises.

    Parameters
    ----------
    data : bytes
        Anything.
    format : str
        As which it is read.

    Returns
    -------
    BrokenError or None
        The first promise that did not hold.
    """
    started = time.process_time()
    try:
        _examine(data, format)
    except BrokenError as broken:
        return broken
    seconds = time.process_time() - started
    return BrokenError("it takes long", f"{seconds:.1f} s") if seconds > _MOST_SECONDS else None


def _examine(data: bytes, format: str) -> None:
    problems = _calm("check", lambda: check(data, format=format))  # type: ignore[arg-type]
    _are_sound("check", problems, data, format)
    if _calm("check", lambda: check(data, format=format)) != problems:  # type: ignore[arg-type]
        raise BrokenError("check answers differently the second time")
    try:
        pipeline = _calm("loads", lambda: loads(data, format=format))
    except DocumentError as error:
        if not error.problems:
            raise BrokenError("loads refuses without a problem") from error
        _are_sound("loads", error.problems, data, format)
        told = {(problem.code, problem.pointer, problem.line) for problem in problems}
        if missing := [p for p in error.problems if (p.code, p.pointer, p.line) not in told]:
            raise BrokenError("check leaves out what loads refuses", str(missing[0])) from error
    else:
        try:
            _keeps_all(pipeline, format)
        except DocumentError as error:
            raise BrokenError("what was read can't be saved", str(error)[:300]) from error
    if format == "json":
        _calm("the schema", lambda: _agrees(data, problems))


def _keeps_all(pipeline: Pipeline, format: str) -> None:
    """What was read is saved as the same, in every format, and has the same digest."""
    identity = _calm("digest", lambda: digest(pipeline))
    again = _calm("loads", lambda: loads(canonical(pipeline)))
    if digest(again) != identity:
        raise BrokenError("the canonical form has another digest")
    plain = _calm("to_plain", lambda: to_plain(pipeline))
    problems: list[Problem] = []
    walked = from_plain(plain, problems)
    if walked is None or problems or to_plain(walked) != plain:
        raise BrokenError("the walk reads another document than the conversion", str(problems[:1]))
    for name in FORMATS:
        saved = _calm(f"dumps {name}", lambda name=name: dumps(pipeline, format=name))
        opened = _calm(f"loads {name}", lambda name=name, saved=saved: loads(saved, format=name))
        if dumps(opened, format=name) != saved:
            raise BrokenError(f"saving what was read as {name} is no fixed point")
        if digest(opened) != identity:
            raise BrokenError(f"saved as {name} it has another digest")
        if (kept := to_plain(opened)) != plain or repr(kept) != repr(plain):
            raise BrokenError(f"saved as {name} it is another document")
    if [step.function for step in pipeline.steps if step.unknown] == [] and pipeline.format == "":
        raise BrokenError(f"a document read as {format} has no format")


def _are_sound(what: str, problems: Any, data: bytes, format: str) -> None:
    lines = data.count(b"\n") + data.count(b"\r") + 1
    for problem in problems:
        if problem.code not in _CODES or not problem.message:
            raise BrokenError(f"{what} answers without a code or a message", repr(problem))
        if problem.pointer and not problem.pointer.startswith("/"):
            raise BrokenError(f"{what} answers with what is no pointer", repr(problem))
        if format == "json" and (problem.line is None or not 1 <= problem.line <= lines or not problem.column):
            raise BrokenError(f"{what} answers without a place", repr(problem))
        if len(problem.message) > 2_000:
            raise BrokenError(f"{what} answers at length", problem.message[:200])


def _agrees(data: bytes, problems: list[Problem]) -> None:
    try:
        plain = pipeline_schema.codec.json.decode_plain(data)
    except DocumentError:
        return
    if (found := disagreement(plain, problems)) is not None:
        raise BrokenError(f"schema and check disagree: {found.kind}", found.detail)


def _calm(what: str, call: Callable[[], Any]) -> Any:
    """The result of a call that may raise `DocumentError` and nothing else."""
    try:
        return call()
    except (DocumentError, BrokenError):
        raise
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(frame.filename).name}:{frame.name}"
        raise BrokenError(f"{what} raises {type(error).__name__} in {where}", str(error)[:300]) from error
