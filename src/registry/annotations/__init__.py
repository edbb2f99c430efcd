"""Annotations as types: what hand-written functions say of their parameters, and values made as they say."""

from __future__ import annotations

from registry.annotations.hints import hints_of
from registry.annotations.making import Maker, UnfitError, maker
from registry.annotations.markers import Data
from registry.annotations.meaning import Meaning, meaning
from registry.annotations.plain import plain

__all__ = ["Data", "Maker", "Meaning", "UnfitError", "hints_of", "maker", "meaning", "plain"]
