"""``pipeline check`` as people and CI use it: folders, reports, colours, and mending in place."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pipeline_schema.check import check
from pipeline_schema.codec import read

Done = subprocess.CompletedProcess[str]
Command = Callable[..., Done]

SOUND = """{
  "format": "pipeline-schema/1",
  "inputs": {"image": {}},
  "steps": [{"function": "skimage:filters.gaussian", "params": {"sigma": 2}}]
}
"""
TYPO = SOUND.replace("sigma", "sigm")


def test_a_folder_is_all_documents_below_it(command: Command, tmp_path: Path) -> None:
    """By their suffixes, in order, without hidden folders; what lies there besides is left alone."""
    for name in ("b.pipeline.json", "a/deep/c.pipeline.JSON", ".git/d.pipeline.json", "package.json"):
        path = tmp_path / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SOUND)
    (tmp_path / "docs" / "e.pipeline.yaml").write_text("format: pipeline-schema/1\nsteps: [\n")
    done = command("check", "docs", "docs/b.pipeline.json", "--format", "json")
    found = json.loads(done.stdout)["files"]
    assert [(file["path"], file["ok"]) for file in found] == [
        (str(Path("docs/b.pipeline.json")), True),
        (str(Path("docs/e.pipeline.yaml")), False),
        (str(Path("docs/a/deep/c.pipeline.JSON")), True),
    ]
    assert done.returncode == 1
    (tmp_path / "empty").mkdir()
    none = command("check", "empty")
    assert none.returncode == 2
    assert "empty has no documents" in none.stderr


@pytest.mark.parametrize("output", ["json", "sarif"])
def test_stdout_is_one_json_value_also_when_mending(command: Command, tmp_path: Path, output: str) -> None:
    """The difference goes to stderr where a program reads stdout."""
    (tmp_path / "a.json").write_text(TYPO)
    done = command("check", "--fix", "a.json", "--format", output)
    assert done.returncode == 0
    json.loads(done.stdout)
    assert '+  "steps": [{"function": "skimage:filters.gaussian", "params": {"sigma": 2}}]' in done.stderr


def test_diff_only_shows(command: Command, tmp_path: Path) -> None:
    """What would be changed is shown, also of stdin; the file stays, and the problems are those that it has."""
    (tmp_path / "a.json").write_text(TYPO)
    done = command("check", "--diff", "a.json")
    assert done.returncode == 1
    assert "--- a.json\n+++ a.json\n@@" in done.stdout
    assert "[unknown-parameter]" in done.stdout
    assert (tmp_path / "a.json").read_text() == TYPO
    words = [sys.executable, "-P", "-m", "pipeline_schema", "check", "-"]
    piped = subprocess.run([*words, "--diff"], input=TYPO, capture_output=True, text=True, check=False)
    assert "--- stdin\n" in piped.stdout
    refused = subprocess.run([*words, "--fix"], input=TYPO, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "stdin can't be mended in place" in refused.stderr


@pytest.mark.skipif(os.name == "nt", reason="modes and links are POSIX's; run it on Linux or macOS")
def test_fix_writes_into_the_file_that_is_meant(command: Command, tmp_path: Path) -> None:
    """A link leads to the file that is mended, which keeps its mode, its line ends and everything else."""
    real = tmp_path / "real.pipeline.json"
    real.write_bytes(TYPO.replace("\n", "\r\n").encode())
    real.chmod(0o640)
    (tmp_path / "link.pipeline.json").symlink_to(real)
    done = command("check", "--fix", "link.pipeline.json")
    assert done.returncode == 0, done.stdout
    assert real.read_bytes() == SOUND.replace("\n", "\r\n").encode()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert (tmp_path / "link.pipeline.json").is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "cache") == [
        "link.pipeline.json", "real.pipeline.json",
    ]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="the limit is the shell's ulimit; run it on Linux or macOS")
def test_a_file_that_can_not_be_written_stays_whole(tmp_path: Path) -> None:
    """On a full disk (here: no byte may be written) the file is what it was, alone in its folder, and that is told."""
    (tmp_path / "a.json").write_text(TYPO)
    words = ["/bin/sh", "-c", 'ulimit -f 0; exec "$0" -P -m pipeline_schema check --fix a.json', sys.executable]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "[unknown-parameter]" in done.stdout
    assert "a.json: error: a.json can't be written" in done.stdout
    assert (tmp_path / "a.json").read_text() == TYPO
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_fix_says_that_bytes_are_left(command: Command, tmp_path: Path) -> None:
    """MessagePack is not mended, and who asked for it is told what to do; the file stays as it is."""
    plain = {"format": "pipeline-schema/1", "steps": [{"function": "skimage:morphology.disc", "params": {"radius": 1}}]}
    document = tmp_path / "bytes.pipeline.msgpack"
    document.write_bytes(msgspec.msgpack.encode(plain))
    done = command("check", "--fix", "bytes.pipeline.msgpack")
    assert done.returncode == 1
    assert "MessagePack is not mended; pipeline convert" in done.stderr
    assert msgspec.msgpack.decode(document.read_bytes()) == plain


def test_fix_leaves_what_it_does_not_know(command: Command, tmp_path: Path) -> None:
    """Unknown functions, notes and words of others are still there, letter by letter; what is left to do is told."""
    text = TYPO.replace(
        '"steps": [', '"x-mine": {"a": [1.50, 2E3]},\n  "steps": [{"function": "mylab:a.b", "params": {"q": 1}}, '
    )
    (tmp_path / "a.json").write_text(text)
    done = command("check", "--fix", "a.json")
    assert done.returncode == 1
    assert "[unknown-function]" in done.stdout
    assert "[unknown-parameter]" not in done.stdout
    assert (tmp_path / "a.json").read_text() == text.replace("sigm", "sigma")


def test_colours_are_for_terminals(tmp_path: Path) -> None:
    """A pipe gets none, unless it asks for them, and NO_COLOR has the last word."""
    (tmp_path / "a.json").write_text(TYPO)

    def shown(**environment: str) -> str:
        clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
        words = [sys.executable, "-P", "-m", "pipeline_schema", "check", "a.json"]
        done = subprocess.run(
            words, cwd=tmp_path, env={**clean, **environment}, capture_output=True, text=True, check=False
        )
        return done.stdout

    assert "\x1b[" not in shown()
    assert "\x1b[" in shown(FORCE_COLOR="1")
    assert "\x1b[" not in shown(FORCE_COLOR="1", NO_COLOR="1")


@pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal is POSIX's; run it on Linux or macOS")
def test_a_terminal_gets_colours_and_its_width(tmp_path: Path) -> None:
    """On a terminal the line of the document fits, and the place is marked in colour."""
    import pty

    (tmp_path / "a.json").write_text(TYPO.replace("\n", " ").replace("sigm", "sigmm"))
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    ours, theirs = pty.openpty()
    words = [sys.executable, "-P", "-m", "pipeline_schema", "check", "a.json"]
    with subprocess.Popen(
        words, cwd=tmp_path, env={**clean, "TERM": "xterm-256color", "COLUMNS": "60"}, stdout=theirs, stdin=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                more = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not more:
                break
            shown += more
        process.wait()
    os.close(ours)
    assert b"\x1b[1;31m" in shown
    (excerpt,) = [line for line in shown.decode().split("\r\n") if "1 |" in line]
    assert '"sigmm": 2' in excerpt
    assert len(excerpt) < 60 + len("\x1b[2m\x1b[0m")


def test_the_terminal_interface_and_the_command_find_the_same(root: Path) -> None:
    """A document that is edited has the problems that its text has, but for lines."""
    text = (root / "examples/count-coins.pipeline.json").read_text()
    text = (
        text.replace("threshold_otsu", "treshold_otsu").replace('"sigma_y"', '"sigma_yy"').replace('"level"}', '"lvl"}')
    )
    pipeline = read(text, [])
    assert pipeline is not None
    edited = [(p.code, p.pointer, p.message, p.suggestions) for p in check(pipeline)]
    written = [(p.code, p.pointer, p.message, p.suggestions) for p in check(text)]
    assert sorted(edited) == sorted(written)
    assert len({code for code, *_ in written}) >= 3


LIBRARIES = (
    "numpy",
    "skimage",
    "scipy",
    "cupy",
    "cupyx",
    "cucim",
    "pyclesperanto",
    "imagecodecs",
    "tifffile",
    "textual",
)
BLOCKED = f"""
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {LIBRARIES}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocked())
sys.argv = ["pipeline", *sys.argv[1:]]
from pipeline_schema.cli.main import main
main()
"""


def test_checking_needs_no_image_library(root: Path, tmp_path: Path) -> None:
    """Where none can be imported, not even NumPy, the answer is the same, letter by letter, mistakes and all."""
    (tmp_path / "typo.pipeline.json").write_text(TYPO)
    (tmp_path / "sound.pipeline.json").write_bytes((root / "examples/count-coins.pipeline.json").read_bytes())
    said = []
    for start in (["-m", "pipeline_schema"], ["-c", BLOCKED]):
        words = [sys.executable, "-P", *start, "check", ".", "--format", "json"]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        said.append(done.stdout)
    assert said[0] == said[1]
    assert [file["ok"] for file in json.loads(said[0])["files"]] == [True, False]


def test_checking_imports_no_image_library(root: Path) -> None:
    """The command answers without loading what it does not need: libraries, arrays, colours, the worker."""
    code = (
        "import sys\nsys.argv = ['pipeline', 'check', 'examples']\n"
        "from pipeline_schema.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('loaded', *sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=root, capture_output=True, text=True, check=False)
    loaded = done.stderr.rpartition("loaded ")[2].split()
    assert "pipeline_schema.check" in loaded
    assert not {*LIBRARIES, "rich.console", "registry.resolver", "registry.sources"} & set(loaded)
