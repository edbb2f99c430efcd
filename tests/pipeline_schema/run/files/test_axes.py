"""Axes: brought to the declared ones by name, and never guessed."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline_schema.errors import ImageError, UsageError
from pipeline_schema.run.files.axes import arrange, parse_axes


def _bring(shape: tuple[int, ...], axes: str, declared: str) -> np.ndarray:
    array = np.arange(np.prod(shape)).reshape(shape)
    return arrange(array, axes, declared, name="image", path="a.tif")


def test_axes_are_transposed_by_name() -> None:
    """An array in another order arrives in the declared one, value by value."""
    array = np.arange(24).reshape(2, 3, 4)
    brought = arrange(array, "CYX", "YXC", name="image", path="a.tif")
    np.testing.assert_array_equal(brought, np.moveaxis(array, 0, 2))


@pytest.mark.parametrize(
    ("shape", "axes", "declared", "result"),
    [
        ((1, 1, 5, 6), "TCYX", "YX", (5, 6)),
        ((1, 3, 5, 6), "TZYX", "ZYX", (3, 5, 6)),
        ((1, 5, 6), "ZYX", "ZYX", (1, 5, 6)),
        ((1, 5, 6), "?YX", "YX", (5, 6)),
        ((5, 6), "??", "YX", (5, 6)),
        ((1, 6), "??", "YX", (1, 6)),
        ((1, 5, 6), "???", "YX", (5, 6)),
        ((5, 6, 1), "YXS", "YX", (5, 6)),
        ((1, 1, 1), "ZYX", "YX", (1, 1)),
    ],
)
def test_axes_of_length_one_are_dropped(
    shape: tuple[int, ...], axes: str, declared: str, result: tuple[int, ...]
) -> None:
    """What has length 1 and was not asked for goes; what was asked for stays, whatever its length."""
    assert _bring(shape, axes, declared).shape == result


@pytest.mark.parametrize(
    ("shape", "axes", "declared", "said"),
    [
        ((5, 6, 3), "YXS", "YX", ["YXS (5, 6, 3)", "declares YX", "grey"]),
        ((4, 5, 6), "ZYX", "YX", ["ZYX (4, 5, 6)", "declares YX", "it has Z as well"]),
        ((4, 5, 6), "ZYX", "TYX", ["it has Z as well", "--axes"]),
        ((5, 6), "YX", "ZYX", ["it lacks Z"]),
        ((3, 5, 6), "?YX", "YX", ["?YX", "--axes ZYX"]),
        ((3, 5, 6), "?YX", "ZYX", ["?YX", "--axes ZYX"]),
        ((5, 6, 3), "???", "YXS", ["--axes YXS"]),
        ((7,), "?", "YX", ["?"]),
    ],
)
def test_what_does_not_fit_is_refused_in_both_spellings(
    shape: tuple[int, ...], axes: str, declared: str, said: list[str]
) -> None:
    """An axis too many, too few or without a name is an error with both spellings and what to do."""
    with pytest.raises(ImageError, match=r"a\.tif has axes") as caught:
        _bring(shape, axes, declared)
    assert all(text in str(caught.value) for text in said), str(caught.value)
    assert caught.value.path == "a.tif"


def test_axes_may_be_written_in_lower_case() -> None:
    """NGFF's lower case is read as the upper case of OME."""
    assert parse_axes("tczyx") == "TCZYX"


@pytest.mark.parametrize("text", ["", "YXQ", "YY", "F", "Y X"])
def test_letters_that_are_no_axes_are_refused(text: str) -> None:
    """Unknown, reserved and repeated letters are wrong usage."""
    with pytest.raises(UsageError, match="axes"):
        parse_axes(text)
