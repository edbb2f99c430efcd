"""What each input of a pipeline gets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline_schema.document import Input
from pipeline_schema.errors import UsageError
from pipeline_schema.run.inputs.settings import bind, parse_settings


def test_values_are_json_or_else_text() -> None:
    """Numbers, lists and quoted text read as JSON; everything else is text."""
    texts = ["a=3", "b=3.0", "c=[1, 2]", 'd="3"', "e=otsu", "f=x=y", "g=", "h=true"]
    settings = parse_settings(texts)
    assert settings == {"a": 3, "b": 3.0, "c": [1, 2], "d": "3", "e": "otsu", "f": "x=y", "g": "", "h": True}
    assert type(settings["b"]) is float


@pytest.mark.parametrize("texts", [["a"], ["=3"], ["a=1", "a=2"]])
def test_what_is_no_setting_is_refused(texts: list[str]) -> None:
    """A setting without a name or value, or twice, is wrong usage."""
    with pytest.raises(UsageError, match="--set"):
        parse_settings(texts)


def test_files_are_for_the_one_input_without_a_default() -> None:
    """Inputs with a default are parameters; the other one gets the files."""
    bound = bind({"sigma": Input(default=2.0), "image": Input(axes="YX")}, {"sigma": 3}, axes="zyx")
    assert (bound.varied, bound.values, bound.axes) == ("image", {"sigma": 3}, "ZYX")


def test_an_image_can_be_set_by_its_path(tmp_path: Path) -> None:
    """A text for an input that is an image is the path of one; for any other it is a text."""
    flat = tmp_path / "flat.tif"
    flat.touch()
    inputs = {"image": Input(), "flat": Input(kind="image"), "mode": Input(default="nearest")}
    bound = bind(inputs, {"flat": str(flat), "mode": "reflect"})
    assert (bound.varied, bound.paths, bound.values) == ("image", {"flat": str(flat)}, {"mode": "reflect"})


@pytest.mark.parametrize(
    ("inputs", "settings", "said"),
    [
        ({"image": Input()}, {"imag": 1}, "did you mean 'image'"),
        ({"image": Input(), "mask": Input()}, {}, "--set image=PATH"),
        ({"image": Input()}, {"image": 1}, "none is left for the files"),
        ({}, {}, "no input that could take files"),
        ({"image": Input(), "flat": Input(axes="YX")}, {"flat": "missing.tif"}, "does not exist"),
        ({"image": Input(), "x": Input(default=1)}, {"x": {"$bad": 1}}, "--set x"),
    ],
)
def test_settings_that_make_no_sense_are_refused(inputs: dict[str, Input], settings: dict[str, Any], said: str) -> None:
    """Unknown names, values that can't be read and files without a place are wrong usage, with what to do."""
    with pytest.raises(UsageError) as caught:
        bind(inputs, settings)
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["a=" + "[" * 5000, "a=\udcff"])
def test_values_that_can_not_be_read_are_wrong_usage(text: str) -> None:
    """Endless nesting and bytes that are no text are refused with the name of the option."""
    with pytest.raises(UsageError, match="--set"):
        parse_settings([text])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('a={"$float": "nan", "$float": "inf"}', "twice"),
        ("a=" + "[" * 100 + "]" * 100, "64"),
        ("a=123456789012345678901234567890", r"\$int"),
    ],
)
def test_what_a_document_would_refuse_is_refused(text: str, said: str) -> None:
    """JSON of a setting is read by the rules of documents, and never silently in part."""
    with pytest.raises(UsageError, match=f"--set a: .*{said}"):
        parse_settings([text])


def test_a_manifest_gives_any_number_of_inputs() -> None:
    """With a manifest more than one input may be left, or none that has no default."""
    inputs = {"image": Input(axes="YX"), "flat": Input(axes="YX"), "sigma": Input(default=2.0)}
    assert bind(inputs, {}, columns=["well", "flat", "image"]).varied == "image"
    assert bind({"sigma": inputs["sigma"]}, {}, columns=["sigma"]).varied == "sigma"
    with pytest.raises(UsageError, match="no column for an input"):
        bind({"sigma": inputs["sigma"]}, {}, columns=["well"])
    with pytest.raises(UsageError, match="has a column 'sigma' as well"):
        bind(inputs, {"sigma": 1.0}, columns=["image", "sigma"])
