"""With a cache, results are those without, bit for bit; what was changed runs again, and only what follows from it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage

from pipeline_schema.codec import loads
from pipeline_schema.document import Input, Options, Pipeline, Step
from pipeline_schema.errors import PlanError, UsageError
from pipeline_schema.plan import compile_pipeline
from pipeline_schema.run.batch.run import run_batch
from pipeline_schema.run.caching import cache as caching
from pipeline_schema.run.caching.cache import Cache
from pipeline_schema.run.local import run_bytes
from registry.local import load_functions

_IMAGE = skimage.data.coins()


@pytest.fixture(autouse=True)
def keep_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """On these small images every step is faster than a file; what is tested is not when it pays."""
    monkeypatch.setattr(caching, "_READ_SECONDS", -1.0)


def _chain(**changed: Any) -> Pipeline:
    """Four steps and two outputs; the middle one may be changed."""
    return Pipeline(
        inputs={"image": Input(axes="YX"), "low": Input(default=1)},
        steps=[
            Step(id="smooth", function="skimage:filters.gaussian", params={"sigma": 2.0}),
            Step(id="level", function="skimage:filters.threshold_otsu", **changed),
            Step(id="mask", function="numpy:greater", inputs={"x1": "smooth", "x2": "level"}),
            Step(id="labels", function="scipy:ndimage.label", inputs={"@": "mask"}),
            Step(id="table", function="skimage:measure.regionprops_table",
                 inputs={"label_image": "labels.0", "intensity_image": "image"}),
        ],
        outputs={"count": "labels.1", "labels": "labels.0", "table": "table"},
    )  # fmt: skip


def _run(pipe: Pipeline, folder: Path, image: Any = _IMAGE, **inputs: Any) -> tuple[dict[str, Any], list[str]]:
    """The results, and the steps that ran."""
    events: list[Any] = []
    results = compile_pipeline(pipe, cache=Cache(folder)).run({"image": image, **inputs}, on_event=events.append)
    finished = [event for event in events if event.kind == "step-finished"]
    assert len(finished) == len([step for step in pipe.steps if step.options.enabled])
    np.testing.assert_equal(results, compile_pipeline(pipe).run({"image": image, **inputs}))
    return results, [str(event.step) for event in finished if event.message != "cached"]


_ALL = ["smooth", "level", "mask", "labels", "table"]


def test_what_did_not_change_does_not_run(tmp_path: Path) -> None:
    """A second run runs nothing; changing a step runs it and what follows; going back runs nothing again."""
    assert _run(_chain(), tmp_path)[1] == _ALL
    assert _run(_chain(), tmp_path)[1] == []
    assert _run(_chain(params={"nbins": 16}), tmp_path)[1] == ["level", "mask", "labels", "table"]
    assert _run(_chain(), tmp_path)[1] == []
    assert _run(_chain(), tmp_path, _IMAGE[:, ::-1].copy())[1] == _ALL


def test_names_do_not_count_and_meaning_does(tmp_path: Path) -> None:
    """Another name, description, id or order of steps is the same; another dtype of the image is not."""
    _run(_chain(), tmp_path)
    pipe = _chain()
    other = Step(id="other", function="skimage:filters.threshold_otsu", inputs={"@": "smooth"})
    mask = Step(id="mask", function="numpy:greater", inputs={"x1": "smooth", "x2": "other"})
    renamed = [pipe.steps[0], other, mask, *pipe.steps[3:]]
    again = Pipeline(name="n", inputs=pipe.inputs, steps=renamed, outputs=pipe.outputs)
    assert _run(again, tmp_path)[1] == []
    assert "smooth" in _run(_chain(), tmp_path, _IMAGE.astype(np.uint16))[1]


def test_results_that_nobody_needs_are_not_read(tmp_path: Path) -> None:
    """With the last results there, those before may be gone."""
    _run(_chain(), tmp_path)
    only = Pipeline(inputs=_chain().inputs, steps=_chain().steps, outputs={"count": "labels.1"})
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.value")}
    assert len(files) == 5
    assert _run(only, tmp_path)[1] == []
    assert sum(path.stat().st_mtime_ns != before for path, before in files.items()) == 1


@pytest.mark.parametrize("lost", range(5))
def test_a_damaged_result_is_made_again(tmp_path: Path, lost: int) -> None:
    """Whichever file is damaged, results are right, and the run after that finds them all."""
    _run(_chain(), tmp_path)
    path = sorted(tmp_path.rglob("*.value"))[lost]
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert len(_run(_chain(), tmp_path)[1]) <= 2
    assert _run(_chain(), tmp_path)[1] in ([], _run(_chain(), tmp_path)[1])


def test_constants_that_read_alike_are_told_apart(tmp_path: Path) -> None:
    """2 and 2.0 give other pixels, and so other results from the cache."""
    for value, dtype in ((2, np.uint8), (2.0, np.float64), (2, np.uint8)):
        step = Step(id="twice", function="numpy:multiply", inputs={"x1": "image"}, params={"x2": value})
        results, _ = _run(Pipeline(inputs={"image": Input()}, steps=[step]), tmp_path)
        assert results["twice"].dtype == dtype


def test_options_count(tmp_path: Path) -> None:
    """A step with another dtype is another step."""
    for dtype in ("native", "float32", "native"):
        step = Step(id="s", function="skimage:filters.gaussian", options=Options(dtype=dtype, scale="auto"))
        results, _ = _run(Pipeline(inputs={"image": Input()}, steps=[step]), tmp_path)
        assert results["s"].dtype == ("float32" if dtype == "float32" else "float64")


def test_what_draws_random_numbers_runs_each_time(tmp_path: Path) -> None:
    """Unseeded noise is drawn anew, and what follows goes by what came out; seeded noise is kept."""
    noise = Step(id="noise", function="skimage:util.random_noise")
    last = Step(id="level", function="skimage:filters.threshold_otsu")
    drawn = []
    for _ in range(2):
        events: list[Any] = []
        pipe = Pipeline(inputs={"image": Input()}, steps=[noise, last], outputs={"a": "noise", "b": "level"})
        plan = compile_pipeline(pipe, cache=Cache(tmp_path))
        drawn.append(plan.run({"image": _IMAGE}, on_event=events.append)["a"])
        assert not [event for event in events if event.message == "cached"]
    assert (drawn[0] != drawn[1]).any()
    pipe = loads(b"""{"format": "pipeline-schema/1", "inputs": {"image": {}}, "steps": [
        {"id": "noise", "function": "skimage:util.random_noise", "params": {"rng": {"$rng": 3}}}]}""")
    assert _run(pipe, tmp_path)[1] == ["noise"]
    assert _run(pipe, tmp_path)[1] == []


def test_what_follows_from_the_unknown_goes_by_its_content(tmp_path: Path) -> None:
    """A step after one that is not kept is found again if it is given the same."""
    pipe = Pipeline(inputs={"image": Input()}, steps=[
        Step(id="axis", function="skimage:morphology.medial_axis", inputs={"@": "image"}, params={"rng": 0}),
        Step(id="count", function="numpy:count_nonzero"),
    ])  # fmt: skip
    plan = compile_pipeline(pipe, cache=Cache(tmp_path))
    prepared = plan._cache
    assert prepared is not None
    for expected in (["axis", "count"], ["axis"]):
        prepared.parts["axis"] = None  # as if it were not determined
        events: list[Any] = []
        plan.run({"image": _IMAGE > 100}, on_event=events.append)
        finished = [event for event in events if event.kind == "step-finished"]
        assert [event.step for event in finished if event.message != "cached"] == expected


def test_a_function_of_a_changed_file_runs_again(tmp_path: Path) -> None:
    """The sha256 of a user's file is part of what its functions are."""
    seen = []
    for factor in (2, 3, 2):
        file = tmp_path / "mine.py"
        file.write_text(f"def scaled(image):\n    return image * {factor}\n")
        load_functions(file)
        pipe = Pipeline(inputs={"image": Input()}, steps=[Step(id="s", function="local:mine.scaled")])
        seen.append(_run(pipe, tmp_path / "cache", np.ones((4, 4)))[1])
    assert seen == [["s"], ["s"], []]


def test_a_cache_that_cannot_be_written_is_told_and_nothing_else(tmp_path: Path) -> None:
    """A folder that vanished and can't be made again costs a note for a step, not the run."""
    plan = compile_pipeline(_chain(), cache=Cache(tmp_path / "cache"))
    shutil.rmtree(tmp_path / "cache")
    (tmp_path / "cache").write_text("in the way")
    events: list[Any] = []
    results = plan.run({"image": _IMAGE}, on_event=events.append)
    np.testing.assert_equal(results, compile_pipeline(_chain()).run({"image": _IMAGE}))
    assert [event.step for event in events if event.kind == "note"] == _ALL


def test_only_what_takes_longer_than_reading_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that is done before a file would be read leaves no file."""
    monkeypatch.setattr(caching, "_READ_SECONDS", 1000.0)
    _run(_chain(), tmp_path)
    assert list(tmp_path.rglob("*.value")) == []


_EXAMPLES = sorted((Path(__file__).parents[4] / "examples").glob("*.pipeline.json"))


@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: path.name.partition(".")[0])
def test_examples_give_the_same_with_a_cache(tmp_path: Path, path: Path) -> None:
    """Every example, those on a device too: bit for bit the same while the cache is filled, and from the cache."""
    pipe = loads(path.read_bytes())
    stack = np.stack([_IMAGE, _IMAGE[::-1], _IMAGE])
    images = {"YX": _IMAGE, "ZYX": stack, "YXS": np.moveaxis(stack, 0, -1)}
    free = {name: images[given.axes or "YX"] for name, given in pipe.inputs.items() if not given.has_default}
    try:
        plain = compile_pipeline(pipe).run(free)
    except PlanError as error:
        pytest.skip(f"{error.problems[0].message}; {error.problems[0].install}")
    for turn in range(2):
        events: list[Any] = []
        plan = compile_pipeline(pipe, cache=Cache(tmp_path))
        cached = plan.run(free, on_event=events.append)
        np.testing.assert_equal(cached, plain)
        assert [str(value.dtype) for value in cached.values() if hasattr(value, "dtype")] == [
            str(value.dtype) for value in plain.values() if hasattr(value, "dtype")
        ]
        on_host = any(entry.output_memory_type == "numpy" for entry in plan.entries)
        assert any(event.message == "cached" for event in events) == (turn > 0 and on_host)


_SLOW = b"""{"format": "pipeline-schema/1", "inputs": {"image": {"axes": "YX"}}, "outputs": {"labels": "labels"},
 "steps": [
    {"id": "smooth", "function": "scipy:ndimage.median_filter", "params": {"size": 9}},
    {"id": "mask", "function": "numpy:greater", "inputs": {"x1": "smooth"}, "params": {"x2": 100}},
    {"id": "labels", "function": "skimage:measure.label", "inputs": {"@": "mask"}}]}"""


def _is_cached(events: list[Any]) -> list[bool]:
    """Whether the slow step was run, each time."""
    return [event.message == "cached" for event in events if (event.kind, event.step) == ("step-finished", "smooth")]


def test_a_subprocess_uses_the_cache(tmp_path: Path) -> None:
    """A worker keeps what was slow, another one finds it, and the results are the same."""
    results = []
    for expected in (False, True):
        events: list[Any] = []
        results.append(run_bytes(_SLOW, {"image": _IMAGE}, cache=tmp_path / "cache", on_event=events.append)["labels"])
        assert _is_cached(events) == [expected]
    np.testing.assert_array_equal(results[0], results[1], strict=True)
    np.testing.assert_array_equal(results[0], run_bytes(_SLOW, {"image": _IMAGE})["labels"], strict=True)


def test_a_run_over_files_uses_the_cache(tmp_path: Path) -> None:
    """Two workers share a folder; a second run into another place writes the same bytes without the slow step."""
    given = tmp_path / "in"
    given.mkdir()
    for number in range(3):
        np.save(given / f"image{number}.npy", np.roll(_IMAGE, number * 7, axis=1))
    sums, cached = [], []
    for out in ("first", "second"):
        events: list[Any] = []
        record = run_batch(_SLOW, [given], tmp_path / out, workers=2, cache=tmp_path / "cache", on_event=events.append)
        cached.append(_is_cached(events))
        sums.append([output.sha256 for item in record.done for output in item.outputs])
    assert cached == [[False] * 3, [True] * 3]
    assert sums[0] == sums[1]
    assert len(sums[0]) == 3


def test_a_cache_that_is_no_folder_is_wrong_usage(tmp_path: Path) -> None:
    """A file in the way is told before anything is run or made."""
    (tmp_path / "cache").write_text("")
    np.save(tmp_path / "image.npy", _IMAGE)
    with pytest.raises(UsageError, match="cache"):
        run_batch(_SLOW, [tmp_path / "image.npy"], tmp_path / "out", cache=tmp_path / "cache")
    assert not (tmp_path / "out").exists()
