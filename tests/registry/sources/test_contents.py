"""What arrays hold, from names and words."""

from __future__ import annotations

import pytest

from registry.sources.contents import held


@pytest.mark.parametrize(
    ("name", "phrase", "holds"),
    [
        ("image", "(M, N) ndarray", "image"),
        ("input_image0", "", "image"),
        ("label_image", "(M, N) ndarray of int", "labels"),
        ("labels", "array_like", "labels"),
        ("markers", "int, or (M, N[, ...]) ndarray of int", "labels"),
        ("mask", "ndarray, optional", "mask"),
        ("image", "(M, N) ndarray of dtype bool", "mask"),
        ("image", "binary ndarray, shape (M, N)", "mask"),
        ("image", "(M, N[, P]) ndarray of bool or int", "image"),
        ("coords", "(N, D) array", "points"),
        ("snake", "(K, 2) ndarray", "points"),
        ("table", "table", "table"),
        ("x1", "array_like", None),
        ("footprint", "ndarray, optional", None),
        ("timage", "", None),
    ],
)
def test_names_and_words_tell(name: str, phrase: str, holds: str | None) -> None:
    """A parameter holds what its name or its documented type says, and nothing certain otherwise."""
    assert held(name, phrase) == holds
