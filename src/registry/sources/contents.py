"""What the arrays of a parameter hold: labels, a mask, points, an image; from its name and its type in words."""

from __future__ import annotations

import re

from registry.entry import FunctionKind

__all__ = ["held"]

# The first that matches says it.
_BY_NAME: tuple[tuple[FunctionKind, re.Pattern[str]], ...] = (
    ("table", re.compile(r"tables?")),
    ("mask", re.compile(r"(?:.*_)?mask\d*|binary_\w+")),
    ("labels", re.compile(r"(?:.*_)?labels?\d*|label_\w+|labeled_\w+|labels_\w+|markers|segments")),
    ("points", re.compile(r"(?:.*_)?(?:coord|coordinate|point|vertice|corner)s?\d*|contour|pointlist|snake|verts")),
    ("image", re.compile(r"(?:.*_)?(?:image|img|im)\d*|image_\w+|images")),
)
_MASK = re.compile(
    r"(?:\barray\b|ndarray)(?: of)?(?: dtype)? bools?\b(?! or)|\bbinary (?:\([^()]*\) )?(?:nd)?array|cast to bool"
)
_POINTS = re.compile(r"\([NKVL], (?:2|3|D)\) ")


def held(name: str, phrase: str) -> FunctionKind | None:
    """What a parameter of role ``data`` is filled with.

    Parameters
    ----------
    name : str
        Of the parameter.
    phrase : str
        Its type in words.

    Returns
    -------
    str or None
        None where neither says more than that it is an array.
    """
    if _MASK.search(phrase):
        return "mask"
    if _POINTS.search(phrase):
        return "points"
    return next((kind for kind, named in _BY_NAME if named.fullmatch(name)), None)
