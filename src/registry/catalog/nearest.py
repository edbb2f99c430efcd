"""The keys that somebody who wrote another probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher, get_close_matches

__all__ = ["nearest"]

_MOST = 3
_LONGEST = 256
# How alike two names are (1 is equal): at least, and at most how much less than the best.
_ALIKE = 0.65
_ALIKE_ELSEWHERE = 0.8
_SPREAD = 0.15
_SEPARATORS = re.compile(r"[.:/]")
_LIBRARY = re.compile(r"^\w*[.:/]")
# What people import libraries as, or install them by.
_CALLED = {"cle": "pyclesperanto", "cp": "cupy", "ndi": "scipy", "ndimage": "scipy", "np": "numpy", "sk": "skimage"}
_CALLED |= {"scikit-image": "skimage", "scikit_image": "skimage"}


def nearest(text: str, keys: Iterable[str]) -> tuple[str, ...]:
    """Find the keys that are most like a text.

    Parameters
    ----------
    text : str
        A key that is not known, or what is spelled like none: ``skimage.filters.gaussian``, ``gaussian``.
    keys : iterable of str
        All that are known; of two that are equally like it the one that stands before comes first.

    Returns
    -------
    tuple of str
        At most three, best first: the function of this name in the library that was asked, else those of this name in
        others, then functions of that library whose names are spelled alike. A library that is not known is taken for
        the one that is spelled alike, or that is imported under this name.
    """
    text = text[:_LONGEST]
    *path, name = _SEPARATORS.split(text)
    of_library: dict[str, dict[str, list[str]]] = {}
    for key in keys:
        functions = of_library.setdefault(key.partition(":")[0], {})
        functions.setdefault(_SEPARATORS.split(key)[-1], []).append(key)
    own = of_library.pop(_library(path[0] if path else "", of_library), {})
    if name in own:
        return _by_likeness(text, own[name])[:_MOST]
    others: dict[str, list[str]] = {}
    for functions in of_library.values():
        for other, found in functions.items():
            others.setdefault(other, []).extend(found)
    same = _by_likeness(text, others.get(name, ()))
    if not own and ":" in text:
        # Of a plugin that is not here: what is merely spelled alike elsewhere is not what was meant.
        return same[:_MOST]
    alike = _alike(name, own, _ALIKE) or _alike(name, others, _ALIKE_ELSEWHERE if own else _ALIKE)
    spelled = [key for found in alike for key in _by_likeness(text, own.get(found) or others[found])]
    return tuple(dict.fromkeys([*same[: _MOST - 1], *spelled]))[:_MOST]


def _library(text: str, known: Iterable[str]) -> str:
    """The library that is meant by what stands before the name; empty if none is."""
    known = list(known)
    text = _CALLED.get(text.casefold(), text.casefold())
    return text if text in known else next(iter(get_close_matches(text, known, n=1, cutoff=_ALIKE_ELSEWHERE)), "")


def _alike(name: str, names: Iterable[str], least: float) -> list[str]:
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(name)
    rated = []
    for other in names:
        matcher.set_seq1(other)
        if matcher.real_quick_ratio() >= least and matcher.quick_ratio() >= least and matcher.ratio() >= least:
            rated.append((matcher.ratio(), other))
    rated.sort(key=lambda found: (-found[0], found[1]))
    return [other for ratio, other in rated[:_MOST] if ratio >= rated[0][0] - _SPREAD]


def _by_likeness(text: str, keys: Sequence[str]) -> tuple[str, ...]:
    """Keys whose names stand in like modules first; which library they are of does not count."""
    if len(keys) < 2:
        return tuple(keys)
    dotted = _LIBRARY.sub("", text)
    ratios = {key: SequenceMatcher(None, dotted, _LIBRARY.sub("", key), autojunk=False).ratio() for key in keys}
    return tuple(sorted(keys, key=lambda key: -ratios[key]))
