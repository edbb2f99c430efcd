"""The keys that somebody who wrote another probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

__all__ = ["nearest"]

_MOST = 3
_LONGEST = 256
# How alike two names are (1 is equal): at least, and at most how much less than the best.
_ALIKE = 0.65
_ALIKE_ELSEWHERE = 0.8
_SPREAD = 0.15
_SEPARATORS = re.compile(r"[.:/]")


def nearest(text: str, keys: Iterable[str]) -> tuple[str, ...]:
    """Find the keys that are most like a text.

    Parameters
    ----------
    text : str
        A key that is not known, or what is spelled like none: ``skimage.filters.gaussian``, ``gaussian``.
    keys : iterable of str
        All that are known.

    Returns
    -------
    tuple of str
        At most three, best first: the function of this name in the library that was asked, then in others, then
        functions whose names are spelled alike. Functions of other libraries are named where the library has none.
    """
    text = text[:_LONGEST]
    *path, name = _SEPARATORS.split(text)
    library = path[0] if path else ""
    own: dict[str, list[str]] = {}
    others: dict[str, list[str]] = {}
    for key in keys:
        of_library = own if key.partition(":")[0] == library else others
        of_library.setdefault(_SEPARATORS.split(key)[-1], []).append(key)
    same = [*_by_likeness(text, own.get(name, ())), *_by_likeness(text, others.get(name, ()))]
    if name in own:
        return tuple(same[:_MOST])
    alike = _alike(name, own, _ALIKE) or _alike(name, others, _ALIKE_ELSEWHERE if own else _ALIKE)
    spelled = [key for found in alike for key in _by_likeness(text, own.get(found) or others[found])]
    return tuple(dict.fromkeys([*same[: _MOST - 1], *spelled]))[:_MOST]


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


def _by_likeness(text: str, keys: Sequence[str]) -> list[str]:
    if len(keys) < 2:
        return list(keys)
    return sorted(keys, key=lambda key: (-SequenceMatcher(None, text, key, autojunk=False).ratio(), key))
