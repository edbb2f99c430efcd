"""One run in a subprocess gives what the same calls give here, and its errors are typed."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import numpy as np
import pytest
import skimage.filters
import skimage.measure
import skimage.morphology

import pipeline_schema as ps
from pipeline_schema.errors import RunError
from pipeline_schema.run import local
from registry.errors import ArgumentError, CatalogMismatchError
from registry.local import load_functions

_LABELS = ps.Pipeline(
    inputs={"image": ps.Input(axes="YX"), "sigma": ps.Input(kind="scalar", default=1.5)},
    steps=[
        ps.Step(id="smooth", function="skimage:filters.gaussian", inputs={"@": "image", "sigma": "sigma"}),
        ps.Step(id="level", function="skimage:filters.threshold_otsu"),
        ps.Step(id="mask", function="numpy:greater", inputs={"x1": "smooth", "x2": "level"}),
        ps.Step(
            id="closed",
            function="skimage:morphology.closing",
            params={"footprint": {"$call": "skimage:morphology.disk", "params": {"radius": 2}}},
        ),
        ps.Step(id="labels", function="skimage:measure.label"),
        ps.Step(
            id="table",
            function="skimage:measure.regionprops_table",
            inputs={"label_image": "labels", "intensity_image": "image"},
            params={"properties": ["label", "area", "mean_intensity"]},
        ),
    ],
    outputs={"level": "level", "labels": "labels", "table": "table"},
)
_IMAGE = np.random.default_rng(3).random((120, 90))


def test_results_equal_direct_calls() -> None:
    """Array, scalar and table equal the same calls made here, bit for bit, dtypes included."""
    results = ps.run(_LABELS, {"image": _IMAGE})
    smooth = skimage.filters.gaussian(_IMAGE, sigma=1.5)
    level = skimage.filters.threshold_otsu(smooth)
    mask = skimage.morphology.closing(np.greater(smooth, level), footprint=skimage.morphology.disk(2))
    labels = skimage.measure.label(mask)
    table = skimage.measure.regionprops_table(labels, _IMAGE, properties=("label", "area", "mean_intensity"))
    assert list(results) == ["level", "labels", "table"]
    assert results["level"] == level
    np.testing.assert_array_equal(results["labels"], labels, strict=True)
    assert list(results["table"]) == list(table)
    for name, column in table.items():
        np.testing.assert_array_equal(results["table"][name], column, strict=True)


def test_bytes_in_results_out() -> None:
    """`run_bytes` takes the document as it lies on disk, in any format, and values for inputs that have a default."""
    results = ps.run_bytes(ps.dumps(_LABELS, format="msgpack"), {"image": _IMAGE, "sigma": 3.0}, format="msgpack")
    smooth = skimage.filters.gaussian(_IMAGE, sigma=3.0)
    assert results["level"] == skimage.filters.threshold_otsu(smooth)


def test_events_tell_every_step_in_order() -> None:
    """The worker's readiness, and start and end of every step, are told in order."""
    events: list[ps.Event] = []
    ps.run(_LABELS, {"image": _IMAGE}, on_event=events.append)
    assert [event.kind for event in events] == ["worker-ready", *["step-started", "step-finished"] * 6]
    assert [event.step for event in events[1::2]] == ["smooth", "level", "mask", "closed", "labels", "table"]
    assert {event.total for event in events} == {6}


def test_files_of_the_document_are_found(tmp_path: Path) -> None:
    """A `$file` is relative to the document's folder, wherever the process runs."""
    flat = np.full((120, 90), 2.0)
    np.save(tmp_path / "flat.npy", flat)
    file = {"path": "flat.npy", "sha256": hashlib.sha256((tmp_path / "flat.npy").read_bytes()).hexdigest()}
    pipe = ps.Pipeline(
        inputs={"image": ps.Input()},
        steps=[ps.Step(id="flat", function="numpy:divide", params={"x2": {"$file": file}})],
    )
    np.testing.assert_array_equal(ps.run(pipe, {"image": _IMAGE}, base=tmp_path)["flat"], _IMAGE / flat)


def test_memory_types_mix(opencl: None) -> None:
    """A step on an OpenCL device between two on the CPU gives numpy arrays here."""
    pipe = ps.Pipeline(
        inputs={"image": ps.Input()},
        steps=[
            ps.Step(id="blur", function="pyclesperanto:gaussian_blur", params={"sigma_x": 2, "sigma_y": 2}),
            ps.Step(id="level", function="skimage:filters.threshold_otsu"),
        ],
        outputs={"blur": "blur", "level": "level"},
    )
    results = ps.run(pipe, {"image": _IMAGE.astype(np.float32)})
    assert type(results["blur"]) is np.ndarray
    assert results["level"] == skimage.filters.threshold_otsu(results["blur"])


def test_a_failed_step_names_itself() -> None:
    """What a library raised arrives as a StepError with step, key and remote traceback, and survives pickling."""
    with pytest.raises(ps.StepError, match="'smooth'") as caught:
        ps.run(_LABELS, {"image": _IMAGE, "sigma": -1.0})
    error = pickle.loads(pickle.dumps(caught.value))
    assert (error.step, error.key) == ("smooth", "skimage:filters.gaussian")
    assert "Traceback" in error.remote_traceback


@pytest.fixture
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes starting a worker an error."""

    def refuse() -> None:
        raise AssertionError("a worker was started")

    monkeypatch.setattr(local, "Worker", refuse)


@pytest.mark.usefixtures("no_worker")
def test_typos_are_answered_before_a_process_is_started() -> None:
    """A misspelt function and a misspelt parameter are both told at once, with the closest names and their lines."""
    text = ps.dumps(_LABELS).replace("filters.gaussian", "filters.gausian").replace('"properties"', '"propertys"')
    with pytest.raises(ps.PlanError) as caught:
        ps.run_bytes(text.encode(), {"image": _IMAGE})
    first, second = caught.value.problems
    assert (first.code, second.code) == ("unknown-function", "unknown-parameter")
    assert "skimage:filters.gaussian" in first.suggestions
    assert second.suggestions[0] == "properties"
    assert first.line is not None


@pytest.mark.usefixtures("no_worker")
def test_unreadable_bytes_are_told() -> None:
    """Bytes that are no document are a DocumentError with problems."""
    with pytest.raises(ps.DocumentError) as caught:
        ps.run_bytes(b'{"format": "pipeline-schema/1", "steps": [', {})
    assert caught.value.problems


@pytest.mark.usefixtures("no_worker")
@pytest.mark.parametrize(
    ("inputs", "said"), [({}, "'image' is missing"), ({"image": _IMAGE, "sigm": 1}, "did you mean 'sigma'")]
)
def test_inputs_are_compared_by_name_first(inputs: dict[str, object], said: str) -> None:
    """A missing and a misspelt input are told by name."""
    with pytest.raises(ArgumentError, match=said):
        ps.run(_LABELS, inputs)


def test_wrong_axes_are_told() -> None:
    """An image of other axes than the document declares is refused, as it is in this process."""
    with pytest.raises(ArgumentError, match="declares axes YX"):
        ps.run(_LABELS, {"image": np.zeros((3, 4, 5))})


def test_the_time_limit_counts_everything() -> None:
    """The limit is for start, planning and running together."""
    with pytest.raises(ps.RunTimeoutError):
        ps.run(_LABELS, {"image": _IMAGE}, timeout=0.01)


def test_a_result_that_can_not_cross_is_told_by_name() -> None:
    """A result that is a library's object is refused with the output's name and type, in our words alone."""
    pipe = ps.Pipeline(inputs={"image": ps.Input()}, steps=[ps.Step(function="skimage:measure.regionprops")])
    with pytest.raises(RunError, match=r"^output 'regionprops'\[0\] is of type skimage"):
        ps.run(pipe, {"image": np.eye(4, dtype=np.uint8)})


def test_functions_that_only_this_process_knows_run_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's file and a registered function of a module beside the program are told to the worker, and found."""
    (tmp_path / "run_local_file.py").write_text('def twice(image):\n    """Double it."""\n    return image * 2\n')
    (tmp_path / "run_local_module.py").write_text('def plus(image, by=1):\n    """Add."""\n    return image + by\n')
    monkeypatch.syspath_prepend(tmp_path)
    import run_local_module

    load_functions(tmp_path / "run_local_file.py")
    with ps.register(run_local_module.plus, key="local:plus"):
        pipe = ps.pipeline("local:run_local_file.twice", (run_local_module.plus, {"by": 3}))
        assert [step.function for step in pipe.steps] == ["local:run_local_file.twice", "local:plus"]
        results = ps.run(pipe, {"image": _IMAGE})
    np.testing.assert_array_equal(next(iter(results.values())), _IMAGE * 2 + 3, strict=True)


def test_a_file_that_changes_before_the_run_is_refused(tmp_path: Path) -> None:
    """What was judged is what runs, or nothing: the worker reads other content and says so."""
    path = tmp_path / "run_local_changing.py"
    path.write_text('def twice(image):\n    """Double it."""\n    return image * 2\n')
    load_functions(path)
    path.write_text(path.read_text().replace("* 2", "* 3"))
    with pytest.raises(CatalogMismatchError, match="was changed"):
        ps.run(ps.pipeline("local:run_local_changing.twice"), {"image": _IMAGE})
