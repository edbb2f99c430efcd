"""Fixes: what is certain is mended in the text as it stands, and nothing else is touched."""

from __future__ import annotations

from typing import Literal

import pytest

from pipeline_schema.check import check
from pipeline_schema.fixes import apply_edits, find_edits
from pipeline_schema.spans import Text


def mended(text: str, format: Literal["json", "yaml"] = "json") -> str:
    """The text after one round."""
    found = Text(text)
    return apply_edits(found, find_edits(found, check(text, format=format), format=format))


def step(body: str, inputs: str = '"image": {}') -> str:
    """A document of one step, laid out as nobody would."""
    return f'{{"format":"pipeline-schema/1",\n\t"inputs" :{{{inputs}}}, "x-note": [1.0,2E1],\n "steps":[ {{{body}}}]}}'


GAUSSIAN = '"function": "skimage:filters.gaussian", '


@pytest.mark.parametrize(
    ("body", "name", "instead"),
    [
        ('"function": "skimage:filters.gausian"', "gausian", "gaussian"),
        ('"function":"skimag:filters.sobel"', "skimag:", "skimage:"),
        ('"function": "skimage.filters.sobel"', "skimage.", "skimage:"),
        ('"function": "skimage:morphology.label"', "morphology", "measure"),
        (GAUSSIAN + '"params": {"sigm" : 2}', "sigm", "sigma"),
        (GAUSSIAN + '"params": {"mode": "nearst"}', "nearst", "nearest"),
        (GAUSSIAN + '"parameters": {}', "parameters", "params"),
        (GAUSSIAN + '"inputs": {"@": "imagee"}', "imagee", "image"),
        (GAUSSIAN + '"options": {"dtype": "natve"}', "natve", "native"),
        ('"function": "skimage:restoration.rolling_ball", "params": {"num_threads": 1}', "num_threads", "workers"),
        (
            '"function": "skimage:morphology.closing", '
            '"params": {"footprint": {"$call": "skimage:morphology.diamnd", "params": {"radius": 3}}}',
            "diamnd",
            "diamond",
        ),
    ],
)
def test_what_is_certain_is_mended_and_the_rest_is_the_same(body: str, name: str, instead: str) -> None:
    """One name takes the place of another; white space, order, numbers and notes stay byte by byte."""
    assert mended(step(body)) == step(body.replace(name, instead))


@pytest.mark.parametrize(
    "body",
    [
        # Another library's function of this name takes other parameters.
        '"function": "skimage:gaussian_blur"',
        # Two are as near.
        '"function": "numpy:greater", "params": {"x3": 1}',
        # What takes its place means something else.
        '"function": "skimage:morphology.remove_small_objects", "params": {"min_size": 3}',
        # What replaces it takes other parameters.
        '"function": "skimage:morphology.binary_closing"',
        # Both names are there.
        '"function": "skimage:filters.gaussian", "params": {"sigm": 2, "sigma": 1}',
        '"function": "skimage:filters.gaussian", "params": {"sigm": 2}, "inputs": {"@": "image", "sigma": "image"}',
        '"function": "skimage:filters.gaussian", "params": {"sigm": 2, "sigmaa": 1}',
        '"function": "skimage:filters.gaussian", "params": {}, "parameters": {}',
        # Nothing is near.
        '"function": "skimage:filters.something_else"',
    ],
)
def test_what_is_not_certain_is_left(body: str) -> None:
    """Where a person has to choose, a person chooses."""
    assert mended(step(body)) == step(body)


@pytest.mark.parametrize(
    "text",
    [
        '{"function": "skimage:filters.gausian"}',
        '{"format": "pipeline-schem/1", "steps": [{"function": "skimage:filters.gausian"}]}',
        '{"format": "pipeline-schema/2", "steps": [{"function": "skimage:filters.gausian"}]}',
        '{"format": "pipeline-schema/1", "steps": [{"function": "skimage:filters.gausian"},]}',
        "[]",
        "",
    ],
)
def test_what_is_no_document_is_left(text: str) -> None:
    """Any file can be named by mistake; only documents are written to."""
    assert mended(text) == text


def test_yaml_keeps_its_quotes_and_comments() -> None:
    """A name is written as the one before was: bare, or in its quotes."""
    text = (
        "# mine\nformat: pipeline-schema/1\ninputs: {image: {}}\nsteps:\n"
        "  - function: skimage:filters.gausian   # why\n    params: {sigm: 2}\n"
        '  - function: \'skimag:filters.sobel\'\n    inputs:\n      "@": "imagee"\n'
    )
    once = text.replace("gausian", "gaussian").replace("skimag:", "skimage:").replace("imagee", "image")
    assert mended(text, "yaml") == once
    # A function that is known now has its parameters judged.
    assert mended(once, "yaml") == once.replace("sigm:", "sigma:")


def test_keys_with_escapes_are_found() -> None:
    """A name that is written with escapes is the name that it stands for."""
    body = '"function": "skimage:filters.gaussian", "params": {"s\\u0069gm": 2}'
    assert mended(step(body)) == step('"function": "skimage:filters.gaussian", "params": {"sigma": 2}')
