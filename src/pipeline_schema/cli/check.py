"""``pipeline check``: everything that is wrong with documents, before anything runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from pipeline_schema.cli.catalogs import choose_catalogs
from pipeline_schema.cli.failures import FAILED, FINE, with_exit_code
from pipeline_schema.cli.own_functions import FunctionsFiles, load_own_functions
from pipeline_schema.cli.shown import Format, aside, plain, print_json
from pipeline_schema.errors import UsageError

if TYPE_CHECKING:
    from pipeline_schema.codec import Format as DocumentFormat
    from pipeline_schema.problems import Problem

__all__ = ["check"]


class _Checked(msgspec.Struct):
    """The answer for one file, in the form that ``--format json`` promises."""

    path: str
    ok: bool
    digest: str | None
    problems: list[Problem]


@with_exit_code
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Documents to check; - reads stdin.")],
    output: Annotated[Format, typer.Option("--format", help="How to report.")] = "text",
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    catalogs: Annotated[
        list[str] | None,
        typer.Option(
            "--catalog", metavar="LIBRARY==VERSION|FILE", help="Check against this in place of what is installed."
        ),
    ] = None,
    input_format: Annotated[
        Literal["json", "yaml", "msgpack"],
        typer.Option("--input-format", help="Of what stdin holds; a file's suffix says it of a file."),
    ] = "json",
    own: FunctionsFiles = None,
) -> int:
    """Say what is wrong with documents, where, and what to write instead. Runs no function."""
    choose_catalogs(catalogs or ())
    load_own_functions(own)
    checked = [_check(path, input_format, strict=strict) for path in files]
    if output == "json":
        print_json({"files": checked})
    else:
        for result in checked:
            _report(result)
    return FINE if all(result.ok for result in checked) else FAILED


def _check(path: str, input_format: DocumentFormat, *, strict: bool) -> _Checked:
    from pipeline_schema.check import check as find_problems
    from pipeline_schema.codec import digest, loads
    from pipeline_schema.codec.files import format_of, read_file
    from pipeline_schema.errors import DocumentError
    from pipeline_schema.problems import Problem
    from pipeline_schema.run.functions import ensure_catalogs

    try:
        form = input_format if path == "-" else format_of(path)
        text = _read_stdin() if path == "-" else read_file(Path(path))
    except UsageError as error:
        return _Checked(path, False, None, [Problem(code="path-error", message=str(error))])
    except OSError as error:
        problem = Problem(code="path-error", message=f"{path} can't be read: {error.strerror or error}")
        return _Checked(path, False, None, [problem])
    base = None if path == "-" else Path(path).resolve().parent
    try:
        pipeline = loads(text, format=form)
        with aside():
            ensure_catalogs(pipeline)
        identity = digest(pipeline)
    except DocumentError:
        identity = None
    problems = find_problems(text, format=form, base=base, strict=strict)
    ok = not any(problem.severity == "error" or (strict and problem.severity == "warning") for problem in problems)
    return _Checked(path, ok, identity, problems)


def _read_stdin() -> bytes:
    from pipeline_schema.codec.files import read_stream

    if sys.stdin is None:
        raise UsageError("stdin is closed; give a file, or pipe a document in")
    return read_stream(sys.stdin.buffer)


def _report(result: _Checked) -> None:
    for problem in result.problems:
        place = f":{problem.line}:{problem.column}" if problem.line is not None else ""
        where = f" at {problem.pointer}" if problem.pointer else ""
        print(plain(f"{result.path}{place}: {problem.severity}: {problem.message} [{problem.code}]{where}"))
        if problem.suggestions:
            print(plain(f"    did you mean {' or '.join(problem.suggestions)}?"))
        if problem.install:
            print(plain(f"    {problem.install}"))
    if result.ok:
        print(plain(f"{result.path}: ok, digest {result.digest}"))
