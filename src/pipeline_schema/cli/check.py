"""``pipeline check``: everything that is wrong with documents, before anything runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from pipeline_schema.cli.catalogs import choose_catalogs
from pipeline_schema.cli.checked import STDIN, Checked
from pipeline_schema.cli.documents import find_documents, read_document
from pipeline_schema.cli.failures import FAILED, FINE, with_exit_code
from pipeline_schema.cli.own_functions import FunctionsFiles, load_own_functions
from pipeline_schema.cli.shown import aside, print_json
from pipeline_schema.errors import OutputError, UsageError
from pipeline_schema.escapes import one_line

if TYPE_CHECKING:
    from pipeline_schema.codec import Format
    from pipeline_schema.spans import Text

__all__ = ["check"]

Report = Literal["text", "json", "github", "sarif", "junit"]
Check = Callable[..., Checked]


@with_exit_code
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Documents, or folders; - reads stdin.")],
    output: Annotated[Report, typer.Option("--format", help="How to report.")] = "text",
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what is certain, in the files.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Only show what --fix would change.")] = False,
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
    documents = find_documents(files)
    if fix and not diff and STDIN in documents:
        raise UsageError("stdin can't be mended in place; give a file, or --diff to see what would be changed")
    check_one = _checker(input_format, strict=strict)
    checked = [check_one(path) for path in documents]
    if fix or diff:
        checked = [_mend(found, check_one, write=not diff, show_in=output) for found in checked]
    _print(checked, output)
    return FINE if all(found.ok for found in checked) else FAILED


def _checker(input_format: Format, *, strict: bool) -> Check:
    """What checks one document after the other: a path, and its text where that is not what the file holds."""
    from pipeline_schema.check import Functions, check_read
    from pipeline_schema.codec import digest, read
    from pipeline_schema.codec.files import format_of
    from pipeline_schema.errors import DocumentError
    from pipeline_schema.problems import Problem
    from pipeline_schema.run.workers.functions import ensure_catalogs

    functions = Functions()
    ensured: set[str] = set()

    def check(path: str, mended: bytes | None = None) -> Checked:
        try:
            form = input_format if path == STDIN else format_of(path)
            data = read_document(path) if mended is None else mended
        except UsageError as error:
            return Checked(path=path, problems=(Problem(code="path-error", message=str(error)),), strict=strict)
        except OSError as error:
            problem = Problem(code="path-error", message=f"{path} can't be read: {error.strerror or error}")
            return Checked(path=path, problems=(problem,), strict=strict)
        unread: list[Problem] = []
        pipeline = read(data, unread, format=form)
        identity = None
        if pipeline is not None:
            with aside():
                ensure_catalogs(pipeline, but=ensured)
            with suppress(DocumentError):
                identity = None if unread else digest(pipeline)
        base = None if path == STDIN else Path(os.path.realpath(path)).parent
        problems = tuple(check_read(pipeline, unread, data, format=form, base=base, strict=strict, functions=functions))
        # Kept for those who show a line of it, or write it.
        is_shown = form != "msgpack" and (problems or mended is not None)
        text = _text(data) if is_shown else None
        return Checked(path=path, problems=problems, digest=identity, strict=strict, text=text, format=form)

    return check


def _text(data: bytes) -> Text:
    from pipeline_schema.spans import Text

    return Text(data)


def _mend(checked: Checked, check: Check, *, write: bool, show_in: Report) -> Checked:
    from pipeline_schema.cli.mending import difference, mend, write_mended
    from pipeline_schema.problems import Problem

    mended = mend(checked, check)
    if checked.format == "msgpack" and any(problem.suggestions for problem in checked.problems):
        message = f"{checked.path} is left as it is: MessagePack is not mended; pipeline convert makes a text of it"
        print(one_line(message), file=sys.stderr)
    if mended is checked:
        return checked
    # With --format json, and the like, stdout is for the one answer.
    print(difference(checked, mended), end="", file=sys.stdout if show_in == "text" else sys.stderr)
    if not write:
        return checked
    try:
        write_mended(checked, mended)
    except OutputError as error:
        # The other files are mended all the same, and what is wrong with this one is told.
        problem = Problem(code="path-error", message=str(error))
        return msgspec.structs.replace(checked, problems=(*checked.problems, problem))
    return mended


def _print(checked: Sequence[Checked], output: Report) -> None:
    if output == "json":
        fields = ("path", "ok", "digest", "problems")
        print_json({"files": [{name: getattr(found, name) for name in fields} for found in checked]})
    elif output == "text":
        from pipeline_schema.cli.terminal import print_report

        print_report(checked)
    else:
        from pipeline_schema.cli.reports import github, junit, sarif

        print({"github": github, "junit": junit, "sarif": sarif}[output].report(checked), end="")
