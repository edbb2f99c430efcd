"""``pipeline functions show``: what is known of one function, in words and as a record."""

from __future__ import annotations

import json

import pytest

from pipeline_schema.cli.show import show
from registry.errors import UnknownKeyError


def test_a_person_reads_what_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    """Parameters with type, default and choices, what flows in, where it is documented, and who does the same."""
    show("skimage:filters.gaussian", "text")
    text = capsys.readouterr().out
    assert "what flows in is bound to image" in text
    assert "sigma: " in text
    assert 'default "nearest", one of "reflect"' in text
    assert "https://scikit-image.org/" in text
    assert "scikit-image" in text
    assert "sigma is sigma_x and sigma_y and sigma_z" in text


def test_several_results_have_names(capsys: pytest.CaptureFixture[str]) -> None:
    """Of a function with several results it is told how each is referred to."""
    show("scipy:ndimage.label", "text")
    assert "results: 0 labels, 1 num_features" in capsys.readouterr().out


def test_what_can_not_run_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    """A function of a library that is not here is shown, with what to install."""
    show("cucim:filters.gaussian", "json")
    shown = json.loads(capsys.readouterr().out)
    if shown["missing"] is None:
        pytest.skip("cuCIM can run on this machine")
    assert shown["missing"]["install"]
    show("cucim:filters.gaussian", "text")
    assert "not available here: cucim" in capsys.readouterr().out


def test_a_program_reads_one_value(capsys: pytest.CaptureFixture[str]) -> None:
    """The record has the entry in full, defaults written out, and what is known besides."""
    show("skimage:filters.gaussian", "json")
    shown = json.loads(capsys.readouterr().out)
    assert shown["key"] == "skimage:filters.gaussian"
    assert {"parameters", "outputs", "traits", "fingerprint", "documentation", "versions", "version"} <= shown.keys()
    (other,) = (other for other in shown["counterparts"] if other["key"] == "pyclesperanto:gaussian_blur")
    assert other["parameters"]["sigma"] == ["sigma_x", "sigma_y", "sigma_z"]


def test_an_unknown_function_is_an_error() -> None:
    """A key that is not known raises with the nearest; nothing is printed."""
    with pytest.raises(UnknownKeyError, match=r"filters\.gaussian"):
        show("skimage:filters.gausian", "text")
