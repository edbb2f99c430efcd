"""Axes by name: from what a file says to what a pipeline declares.

A wrong guess here gives a wrong result without an error (a colour picture taken for a stack of three planes), so
nothing is guessed: what does not fit by name is refused, in both spellings, with what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_schema.errors import ImageError, UsageError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["KNOWN_AXES", "UNKNOWN", "arrange", "parse_axes"]

# Time, channel, depth, row, column, colour sample: as OME-XML and tifffile write them.
KNOWN_AXES = "TCZYXS"
# An axis that the file does not name.
UNKNOWN = "?"


def parse_axes(text: str) -> str:
    """The axes of a declaration or of ``--axes``, in upper case.

    Raises
    ------
    UsageError
        If a letter is not one of T C Z Y X S, or comes twice.
    """
    axes = text.strip().upper()
    strange = [letter for letter in axes if letter not in KNOWN_AXES]
    if strange or not axes or len(set(axes)) != len(axes):
        raise UsageError(f"{text!r} are no axes: write letters of {' '.join(KNOWN_AXES)}, each once, for example ZYX")
    return axes


def arrange(array: np.ndarray[Any, Any], axes: str, declared: str, *, name: str, path: str) -> np.ndarray[Any, Any]:
    """Bring an array to the axes that an input declares.

    Axes of length 1 that were not asked for are dropped, the others transposed by name.

    Parameters
    ----------
    array : array
    axes : str
        One letter an axis of `array`; ``?`` where the file does not name it.
    declared : str
        The axes that the pipeline's input `name` declares.
    name, path : str
        Of the pipeline's input and of the file, for the message.

    Returns
    -------
    array, shape in the order of `declared`
        A view where that is possible.

    Raises
    ------
    ImageError
        If the file has an axis too many, lacks one, or does not name its axes.
    """
    kept = [at for at, letter in enumerate(axes) if letter in declared or array.shape[at] != 1]
    if len(kept) < 2 == len(axes):
        kept = [0, 1]
    letters = [axes[at] for at in kept]
    # Two axes without a name are rows and columns, whoever wrote the file; more could be anything.
    if letters == [UNKNOWN, UNKNOWN] and declared == "YX":
        letters = ["Y", "X"]
    if set(letters) != set(declared) or len(letters) != len(declared):
        raise ImageError(_refusal(f"{path} has axes {axes} {array.shape}", axes, letters, declared, name), path=path)
    dropped = array.reshape([array.shape[at] for at in kept])
    return dropped.transpose([letters.index(letter) for letter in declared])


def _refusal(has: str, axes: str, letters: list[str], declared: str, name: str) -> str:
    said = f"{has}, and the pipeline's input {name!r} declares {declared}"
    if UNKNOWN in letters:
        return f"{said}; the file does not say what each ? is, so say it yourself: --axes {_example(axes, declared)}"
    extra = [letter for letter in letters if letter not in declared]
    missing = [letter for letter in declared if letter not in letters]
    if "S" in extra:
        return (
            f"{said}; it is a colour picture: convert it to grey first, or declare the input as {declared}S and begin "
            "the pipeline with skimage:color.rgb2gray"
        )
    if extra:
        listed = ", ".join(extra)
        return (
            f"{said}; it has {listed} as well: project it or take a part of it first, or declare the input as "
            f"{''.join(letters)}; if the file is wrong about its axes, say them with --axes"
        )
    return f"{said}; it lacks {', '.join(missing)}; if the file is wrong about its axes, say them with --axes"


def _example(axes: str, declared: str) -> str:
    if len(axes) == len(declared):
        return declared
    free = (letter for letter in "ZCTS" if letter not in axes and letter not in "YX")
    named = "".join(next(free, "Z") if letter == UNKNOWN else letter for letter in axes[:-2])
    return named + (axes[-2:] if UNKNOWN not in axes[-2:] else "YX")
