"""``pipeline check --fix``: what can be mended without asking is mended, shown as a difference, and checked again."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

from pipeline_schema.cli.checked import Checked
from pipeline_schema.codec.files import read_file, write_file
from pipeline_schema.errors import OutputError
from pipeline_schema.escapes import one_line
from pipeline_schema.fixes import apply_edits

__all__ = ["difference", "mend", "write_mended"]

# A key that is mended lets its parameters be judged, and those may be mended then; names within them come third.
_ROUNDS = 4


def mend(checked: Checked, check: Callable[[str, bytes], Checked]) -> Checked:
    """The document with its certain mistakes mended, checked again.

    Parameters
    ----------
    checked : Checked
    check : callable
        Checks a text that is to stand under a path, as `checked` was.

    Returns
    -------
    Checked
        The same one if there is nothing to mend.
    """
    for _ in range(_ROUNDS):
        edits = checked.edits()
        if checked.text is None or not edits:
            break
        checked = check(checked.path, apply_edits(checked.text, edits).encode())
    return checked


def difference(before: Checked, after: Checked) -> str:
    """What is mended, as a unified difference; empty if nothing is."""
    if before.text is None or after.text is None:
        return ""
    lines = difflib.unified_diff(
        before.text.text.split("\n"),
        after.text.text.split("\n"),
        fromfile=before.shown_path,
        tofile=before.shown_path,
        lineterm="",
    )
    # Tabs are kept, so that what is shown is the text that stands there.
    return "".join("\t".join(map(one_line, line.removesuffix("\r").split("\t"))) + "\n" for line in lines)


def write_mended(before: Checked, after: Checked) -> None:
    """Put the mended text in place of the file: all of it or nothing.

    Raises
    ------
    OutputError
        If the file was changed meanwhile, or can't be written.
    """
    assert before.text is not None
    assert after.text is not None
    path = Path(before.path)
    if read_file(path) != before.text.text.encode():
        raise OutputError(f"{path} was changed while it was checked; it is left as it is", path=str(path))
    write_file(path, after.text.text.encode(), replace=True)
