"""Editors: a real JSON language server completes, documents and underlines with the published schema."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.catalog import load_catalog
from tools.language_server import JsonServer, UnavailableError, opened, started


@pytest.fixture(scope="module")
def server(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JsonServer]:
    """The language server, in a folder that has the schema that we publish."""
    folder = tmp_path_factory.mktemp("editor")
    shutil.copy(root / "schemas" / "pipeline-1.schema.json", folder)
    try:
        with started(folder) as running:
            yield running
    except UnavailableError as error:
        pytest.skip(str(error))


def test_every_key_is_offered_with_what_it_does(server: JsonServer) -> None:
    """Behind "function" stand the keys of all shipped catalogs, each with the first line of its documentation."""
    offered = server.complete(opened('{"function": "|"}'))
    for library in ("skimage", "scipy", "numpy", "pyclesperanto", "builtin", "cupy"):
        for entry in load_catalog(library).entries:
            assert offered[entry.key] == entry.summary, entry.key


@pytest.mark.parametrize(
    ("steps", "some"),
    [
        ("{|}", {"id", "function", "params", "inputs", "options"}),
        ('{"function": "skimage:filters.gaussian", "params": {|}}', {"sigma", "mode", "cval", "preserve_range"}),
        ('{"function": "skimage:filters.gaussian", "params": {"mode": |}}', {"nearest", "reflect", "wrap"}),
        ('{"function": "numpy:greater", "inputs": {|}}', {"@", "x1", "x2"}),
        ('{"function": "numpy:greater", "options": {|}}', {"dtype", "slice_by_slice", "enabled", "on_oom"}),
        ('{"function": "numpy:greater", "options": {"dtype": |}}', {"native", "preserve", "uint8"}),
        ('{"function": "skimage:morphology.closing", "params": {"footprint": {|}}}', {"$call", "$array", "$file"}),
        (
            '{"function": "numpy:add", "params": {"x2": {"$call": "skimage:morphology.disk", "params": {|}}}}',
            {"radius", "decomposition"},
        ),
    ],
)
def test_what_may_stand_there_is_offered(steps: str, some: set[str], server: JsonServer) -> None:
    """Keys of a step, parameters of its function and no other, choices, options, $ forms and what goes with them."""
    offered = server.complete(opened(steps))
    assert some <= offered.keys()
    assert not {"radius", "sigma"} & (offered.keys() - some)


def test_a_parameter_is_offered_with_its_documentation(server: JsonServer) -> None:
    """The line that the library's documentation has for it."""
    offered = server.complete(opened('{"function": "skimage:filters.gaussian", "params": {|}}'))
    sigma = load_catalog("skimage").get("skimage:filters.gaussian").parameter("sigma")  # type: ignore[union-attr]
    assert sigma is not None
    assert offered["sigma"] == sigma.doc != ""


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ('{"function": "skimage:filters.gau|ssian"}', "Multi-dimensional Gaussian filter."),
        (
            '{"function": "skimage:filters.gaussian", "params": {"sig|ma": 2}}',
            "Standard deviation for Gaussian kernel.",
        ),
        ('{"function": "numpy:add", "options": {"dty|pe": "uint8"}}', "What the result is converted to."),
        ('{"func|tion": "numpy:add"}', "registry key"),
    ],
)
def test_what_is_pointed_at_is_explained(steps: str, told: str, server: JsonServer) -> None:
    """Functions, parameters, options, words of the format."""
    assert told in server.hover(opened(steps)).replace("\\", "")


@pytest.mark.parametrize(
    ("steps", "underlined", "why"),
    [
        ('{"function": "skimage:filters.gaussian", "params": {"sigm": 2}}', '"sigm"', "sigm is not allowed"),
        ('{"function": "skimage:filters.gaussian", "params": {"sigma": "x"}}', '"x"', "Incorrect type"),
        ('{"function": "skimage:filters.gaussian", "params": {"mode": "neares"}}', '"neares"', '"nearest"'),
        ('{"function": "skimage:filters.gausian"}', '"skimage:filters.gausian"', "no function of this key"),
        ('{"function": "numpy:greater", "inputs": {"x3": "image"}}', '"x3"', '"x2"'),
        ('{"function": "numpy:add", "parms": {}}', '"parms"', "parms is not allowed"),
        ('{"function": "numpy:add", "params": {"x2": {"$flot": "nan"}}}', '"$flot"', "$flot is not allowed"),
        (
            '{"function": "numpy:add", "params": {"x2": {"$call": "skimage:morphology.disk", "params": {"radus": 3}}}}',
            '"radus"', "radus is not allowed",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_underlined_and_nothing_around_it(
    steps: str, underlined: str, why: str, server: JsonServer
) -> None:
    """The wrong word itself, with a reason that a line holds."""
    found = server.diagnose(opened(steps))
    assert [what for what, _ in found if what == underlined] == [underlined]
    assert any(why in message and len(message) < 500 for what, message in found if what == underlined)
    assert len(found) <= 2


def test_the_examples_are_not_underlined(server: JsonServer, root: Path) -> None:
    """What the checker accepts the editor leaves alone."""
    for path in sorted(root.glob("examples/*.pipeline.json")):
        text = path.read_text(encoding="utf-8").replace("../schemas/", "")
        assert server.diagnose(text) == [], path.name


def test_an_answer_comes_while_somebody_types(server: JsonServer) -> None:
    """The schema has two megabytes, and is read once: parameters, and all keys, are there in seconds at most."""
    server.complete(opened('{"function": "numpy:add", "params": {|}}'))
    for steps in ('{"function": "skimage:filters.gaussian", "params": {|}}', '{"function": "|"}'):
        server.complete(opened(steps))
        # Measured: 0.05 s and 0.4 s. Generous, for busy machines: what was quadratic would take minutes.
        assert server.seconds < 10
