"""Events: what a run tells while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

__all__ = ["Event", "OnEvent"]


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happened.

    Attributes
    ----------
    kind : str
        ``worker-ready``, ``step-started``, ``step-finished``, ``item-started``, ``item-finished``, ``item-failed``,
        ``item-kept`` (done in an earlier run), ``outputs-converted``, ``note``.
    item : str or None
        The name of the item (an input file) in a run over many.
    step, key : str or None
        The step's id and its function.
    index, total : int or None
        Position of the step (or item) from 0, and how many there are.
    seconds : float or None
        How long it took, in seconds.
    memory_type : str or None
        Where the step's result is.
    conversions : dict of str to int or None
        How many arrays a step brought to another memory, for example ``numpy to pyclesperanto``, or how many outputs
        were (``outputs-converted``, which is told if there were any).
    message : str or None
        For people.
    """

    kind: Literal[
        "worker-ready",
        "step-started",
        "step-finished",
        "item-started",
        "item-finished",
        "item-failed",
        "item-kept",
        "outputs-converted",
        "note",
    ]
    item: str | None = None
    step: str | None = None
    key: str | None = None
    index: int | None = None
    total: int | None = None
    seconds: float | None = None
    memory_type: str | None = None
    conversions: dict[str, int] | None = None
    message: str | None = None


OnEvent = Callable[[Event], None]
