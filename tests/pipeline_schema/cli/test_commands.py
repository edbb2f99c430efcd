"""The command line as people and programs use it: real processes, exit codes, one JSON value."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage
import tifffile

COINS = Path(skimage.__file__).parent / "data" / "coins.png"
EXAMPLE = "examples/count-coins.pipeline.json"


def pipeline(*arguments: object, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command."""
    command = [sys.executable, "-P", "-m", "pipeline_schema", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def blur(tmp_path: Path) -> Path:
    """A document that runs wherever scikit-image is."""
    path = tmp_path / "blur.pipeline.json"
    document = {
        "format": "pipeline-schema/1",
        "inputs": {"image": {"axes": "YX"}, "sigma": {"kind": "scalar", "default": 2.0}},
        "steps": [{"function": "skimage:filters.gaussian", "inputs": {"@": "image", "sigma": "sigma"}}],
    }
    path.write_text(json.dumps(document))
    return path


def test_check_says_ok_with_the_digest(root: Path) -> None:
    """A sound document is fine, exit 0."""
    done = pipeline("check", EXAMPLE, cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ": ok, digest " in done.stdout


def test_check_answers_typos_with_the_closest_names(tmp_path: Path, root: Path) -> None:
    """Misspelled functions and parameters are answered with place and suggestion, exit 1, in both formats."""
    text = (root / EXAMPLE).read_text()
    (tmp_path / "bad.json").write_text(
        text.replace("threshold_otsu", "treshold_otsu").replace('"sigma_y"', '"sigma_yy"')
    )
    done = pipeline("check", "bad.json", "--format", "json", cwd=tmp_path)
    assert done.returncode == 1
    (file,) = json.loads(done.stdout)["files"]
    assert (file["path"], file["ok"]) == ("bad.json", False)
    found = {(p["code"], p["step"]): p for p in file["problems"]}
    assert found["unknown-function", "level"]["suggestions"][0] == "skimage:filters.threshold_otsu"
    assert found["unknown-function", "level"]["line"] == 10
    assert found["unknown-parameter", "smooth"]["suggestions"][0] == "sigma_y"
    assert found["unknown-parameter", "smooth"]["pointer"] == "/steps/0/params/sigma_yy"
    keys = ["code", "severity", "message", "pointer", "line", "column", "step", "parameter", "suggestions", "install"]
    assert all(sorted(p) == sorted(keys) for p in file["problems"])
    shown = pipeline("check", "bad.json", cwd=tmp_path)
    assert "bad.json:10:" in shown.stdout
    assert "did you mean skimage:filters.threshold_otsu" in shown.stdout


def test_check_reads_stdin_and_names_files_that_are_not_there(root: Path) -> None:
    """`-` is standard input; a missing file is a problem of its own and the others are still checked."""
    done = pipeline("check", "-", "nowhere.json", "--format", "json", cwd=root, stdin="{")
    files = json.loads(done.stdout)["files"]
    assert [file["problems"][0]["code"] for file in files] == ["parse-error", "path-error"]
    assert done.returncode == 1


def test_control_characters_of_a_document_do_not_reach_the_terminal(tmp_path: Path) -> None:
    """Names are shown escaped."""
    document = {"format": "pipeline-schema/1", "steps": [{"function": "a:b\x1b[31mred", "id": "x"}]}
    (tmp_path / "x.json").write_text(json.dumps(document))
    done = pipeline("check", "x.json", cwd=tmp_path)
    assert done.returncode == 1
    assert "\x1b" not in done.stdout + done.stderr


def test_run_over_images_of_which_one_is_none(tmp_path: Path, blur: Path) -> None:
    """Two are done, the text file is named with a clear error, exit 1."""
    for name in ("a", "b"):
        tifffile.imwrite(tmp_path / f"{name}.tif", skimage.data.coins())
    (tmp_path / "notes.tif").write_text("not an image\n")
    done = pipeline("run", blur, "a.tif", "notes.tif", "b.tif", "-o", "out", "--format", "json", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    record = json.loads(done.stdout)
    states = {item["name"]: item["state"] for item in record["items"]}
    assert states == {"a": "done", "notes": "failed", "b": "done"}
    assert "notes.tif" in done.stderr
    assert "not a TIFF" in next(i for i in record["items"] if i["name"] == "notes")["error"]["message"]
    assert json.loads((tmp_path / "out/run.json").read_text()) == record
    expected = skimage.filters.gaussian(skimage.data.coins(), sigma=2.0)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "out/b/gaussian.tif"), expected)
    assert not (tmp_path / "out/notes").exists()


def test_set_gives_an_input_with_a_default(tmp_path: Path, blur: Path) -> None:
    """`--set sigma=5` is a parameter of the pipeline; an unknown one is wrong usage with the closest name."""
    done = pipeline("run", blur, COINS, "-o", "out", "--set", "sigma=5", "--array-format", "npy", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    expected = skimage.filters.gaussian(skimage.data.coins(), sigma=5)
    np.testing.assert_array_equal(np.load(tmp_path / "out/coins/gaussian.npy"), expected)
    wrong = pipeline("run", blur, COINS, "-o", "out", "--set", "sigm=5", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "sigma" in wrong.stderr


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """A Z-stack as a microscope writes it."""
    tifffile.imwrite(tmp_path / "stack.tif", np.zeros((5, 20, 30), np.uint8), metadata={"axes": "ZYX"}, ome=True)
    return tmp_path / "stack.tif"


def test_pictures_of_other_axes_are_refused_by_name(tmp_path: Path, blur: Path, stack: Path) -> None:
    """An RGB picture and a stack do not run where YX is declared, and both spellings of the axes are named."""
    done = pipeline("run", blur, COINS.parent / "astronaut.png", stack, "-o", "out", cwd=tmp_path)
    assert done.returncode == 1
    rgb, volume = (line for line in done.stdout.splitlines() if line.startswith("failed"))
    assert "YXS" in rgb
    assert "declares YX" in rgb
    assert "ZYX" in volume
    assert "declares YX" in volume


def test_the_coins_example_refuses_them_too(opencl: None, tmp_path: Path, root: Path, stack: Path) -> None:
    """The example declares YX."""
    done = pipeline("run", root / EXAMPLE, COINS.parent / "astronaut.png", stack, "-o", "out", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.count("declares YX") == 2


def test_wrong_usage_is_exit_2(tmp_path: Path, blur: Path) -> None:
    """No inputs, unknown options and missing arguments are wrong usage, without a traceback."""
    for arguments in (["run", blur, "-o", "out"], ["run", blur, "nothing*.tif", "-o", "out"], ["check"], ["nonsense"]):
        done = pipeline(*arguments, cwd=tmp_path)
        assert done.returncode == 2, (arguments, done.stderr)
        assert "Traceback" not in done.stderr


def test_a_document_that_can_not_run_is_exit_3(tmp_path: Path, blur: Path) -> None:
    """A document with errors runs nothing and writes nothing."""
    blur.write_text(blur.read_text().replace("gaussian", "gausian"))
    done = pipeline("run", blur, COINS, "-o", "out", cwd=tmp_path)
    assert done.returncode == 3
    assert "skimage:filters.gaussian" in done.stderr
    told = json.loads(pipeline("run", blur, COINS, "-o", "out", "--format", "json", cwd=tmp_path).stdout)
    assert [problem["code"] for problem in told["error"]["problems"]] == ["unknown-function"]
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_functions_lists_shows_and_explains(root: Path) -> None:
    """Functions are found by part of their key; one is shown in full; an unknown one is answered with the nearest."""
    listed = pipeline("functions", "gaussian", "--library", "skimage", "--format", "json", cwd=root)
    keys = [entry["key"] for entry in json.loads(listed.stdout)]
    assert "skimage:filters.gaussian" in keys
    assert all(key.startswith("skimage:") and "gaussian" in key.lower() for key in keys)
    shown = json.loads(pipeline("functions", "show", "skimage:filters.gaussian", "--format", "json", cwd=root).stdout)
    assert shown["flow"] == "image"
    assert "sigma" in [parameter["name"] for parameter in shown["parameters"]]
    excluded = json.loads(pipeline("functions", "--excluded", "--format", "json", cwd=root).stdout)
    assert {"key", "reason"} <= excluded[0].keys()
    unknown = pipeline("functions", "show", "skimage:filters.gausian", cwd=root)
    assert unknown.returncode == 3
    assert "skimage:filters.gaussian" in unknown.stderr


def test_doctor_tells_every_library(root: Path) -> None:
    """Each library of the table is there with what is missing and how to get it."""
    report = json.loads(pipeline("doctor", "--format", "json", cwd=root).stdout)
    libraries = {library["library"]: library for library in report["libraries"]}
    assert {"skimage", "scipy", "numpy", "pyclesperanto", "cupyx", "cucim", "builtin"} <= libraries.keys()
    assert all(library["available"] or library["install"] for library in libraries.values())
    assert libraries["skimage"]["available"]


def test_schema_check_finds_an_edited_schema(tmp_path: Path, root: Path) -> None:
    """Committed schemas are what is generated; an edited one is named."""
    assert pipeline("schema", "check", cwd=root).returncode == 0
    assert pipeline("schema", "write", tmp_path, cwd=root).returncode == 0
    path = tmp_path / "pipeline-1.schema.json"
    path.write_text(path.read_text().replace("gaussian", "gausian", 1))
    done = pipeline("schema", "check", tmp_path, cwd=root)
    assert done.returncode == 1
    assert "pipeline-1.schema.json" in done.stdout


def test_the_demo_leaves_labels_table_and_overlay(tmp_path: Path, root: Path) -> None:
    """The main job on a real image, from the example's document."""
    done = pipeline("demo", "-o", tmp_path / "out", cwd=root)
    assert done.returncode == 0, done.stderr
    assert "label" in done.stdout
    files = {path.name for path in (tmp_path / "out/coins").iterdir()}
    assert files == {"labels.tif", "table.csv", "overlay.png"}


def test_the_demo_runs_without_an_opencl_device(tmp_path: Path, root: Path) -> None:
    """Where no linker is, the demo smooths on the CPU, and says what to install for the rest."""
    command = [sys.executable, "-P", "-m", "pipeline_schema", "demo", "-o", str(tmp_path / "out")]
    env = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "skimage:filters.gaussian instead" in done.stdout
    assert "binutils" in done.stdout
    assert (tmp_path / "out/coins/table.csv").is_file()


def test_a_name_that_the_terminal_can_not_show_is_escaped(tmp_path: Path, blur: Path) -> None:
    """A report in an encoding that lacks a character is given with the character escaped."""
    image = tmp_path / "zelle-\u03b1.tif"
    tifffile.imwrite(image, np.zeros((8, 8), np.uint8))
    command = [sys.executable, "-P", "-m", "pipeline_schema", "run", str(blur), str(image), "-o", str(tmp_path / "out")]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii:strict"}
    done = subprocess.run(command, capture_output=True, env=environment, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert rb"done    zelle-\u03b1" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="closing a stream is the shell's >&-")
@pytest.mark.parametrize("closing", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_do_not_stop_a_run(tmp_path: Path, blur: Path, closing: str) -> None:
    """With streams that the shell closed, a run does its work and ends as it would."""
    command = f'exec "$0" -P -m pipeline_schema run "$1" "$2" -o out {closing}'
    arguments = ["/bin/sh", "-c", command, sys.executable, str(blur), str(COINS)]
    done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "coins" / "gaussian.tif").is_file()


def test_an_output_folder_without_a_name(root: Path, tmp_path: Path) -> None:
    """An empty name, as of a variable that is not set, is no folder; nothing is written."""
    done = pipeline("run", root / EXAMPLE, COINS, "-o", "", cwd=tmp_path)
    assert done.returncode == 2
    assert "the output folder has no name" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_functions_by_trait(root: Path) -> None:
    """What draws random numbers, and what remembers, can be listed."""
    listed = pipeline("functions", "--trait", "random", "--library", "skimage", "--format", "json", cwd=root)
    found = {entry["key"] for entry in json.loads(listed.stdout)}
    assert {"skimage:util.random_noise", "skimage:morphology.medial_axis"} <= found
    assert "skimage:segmentation.morphological_chan_vese" not in found


def test_a_seed_makes_a_run_repeat(tmp_path: Path) -> None:
    """Two runs with one seed leave the same bytes, and the record says the seed."""
    document = tmp_path / "noise.pipeline.json"
    steps = [{"function": "skimage:util.random_noise"}]
    document.write_text(json.dumps({"format": "pipeline-schema/1", "inputs": {"image": {}}, "steps": steps}))
    for out in ("one", "two"):
        done = pipeline("run", document, COINS, "-o", out, "--array-format", "npy", "--seed", "0", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    one, two = (np.load(tmp_path / out / "coins" / "random_noise.npy") for out in ("one", "two"))
    np.testing.assert_array_equal(one, two, strict=True)
    assert json.loads((tmp_path / "one" / "run.json").read_text())["seed"] == 0
