"""Quality: how well a catalog says what its functions accept, in figures."""

from __future__ import annotations

from registry.quality.behaviour import Behaviour, behaviour
from registry.quality.figures import (
    Figure,
    Quality,
    defaults_accepted,
    false_rejections,
    measure,
    mutations_refused,
    narrower,
)
from registry.quality.mutations import Mutation, mutations

__all__ = [
    "Behaviour",
    "Figure",
    "Mutation",
    "Quality",
    "behaviour",
    "defaults_accepted",
    "false_rejections",
    "measure",
    "mutations",
    "mutations_refused",
    "narrower",
]
