"""What others put into their CI works: hooks with pre-commit itself, steps of the action as its runner runs them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

SOUND = """{
  "format": "pipeline-schema/1",
  "inputs": {"image": {}},
  "steps": [{"function": "skimage:filters.gaussian", "params": {"sigma": 2}}]
}
"""
TYPO = SOUND.replace("sigma", "sigm")
SLOW = "PIPELINE_SCHEMA_SLOW_TESTS"


def load(path: Path) -> Any:
    """What a YAML file holds."""
    return yaml.safe_load(path.read_text())


def run(*words: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program with our command on the PATH, and git that knows nobody."""
    beside = Path(sys.executable).parent
    git = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    # A hook that is run from a hook (as in this project's own) must not see the outer repository.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    env = {**clean, **git, "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}", **environment}
    return subprocess.run(list(map(str, words)), cwd=cwd, env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Somebody's repository, with a sound document, one with a typing error, and a file that is none."""
    if shutil.which("git") is None:
        pytest.skip("git is not here; install it to run this test")
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "sound.pipeline.json").write_text(SOUND)
    (folder / "typo.pipeline.json").write_text(TYPO)
    (folder / "package.json").write_text("{}")
    assert run("git", "init", "-q", cwd=folder).returncode == 0
    assert run("git", "add", ".", cwd=folder).returncode == 0
    return folder


def configure(repository: Path, root: Path) -> None:
    """Use the hooks as they are declared, in the environment that is here instead of one that pre-commit makes."""
    hooks = [{**hook, "language": "system"} for hook in load(root / ".pre-commit-hooks.yaml")]
    for hook in hooks:
        del hook["minimum_pre_commit_version"]
    config = {"repos": [{"repo": "local", "hooks": hooks}]}
    # JSON is YAML.
    (repository / ".pre-commit-config.yaml").write_text(json.dumps(config))
    run("git", "add", ".", cwd=repository)


def test_the_hook_stops_a_commit_and_says_why(repository: Path, root: Path, tmp_path: Path) -> None:
    """pre-commit hands over documents and nothing else, and a mistake fails with its line."""
    configure(repository, root)
    home = {"PRE_COMMIT_HOME": str(tmp_path / "cache")}
    done = run("pre-commit", "run", "pipeline-check", "--all-files", cwd=repository, **home)
    assert done.returncode == 1, done.stderr
    assert "typo.pipeline.json:4:73: error:" in done.stdout
    assert "sound.pipeline.json: ok" in done.stdout
    assert "package.json" not in done.stdout


def test_the_other_hook_mends(repository: Path, root: Path, tmp_path: Path) -> None:
    """A hook that changes files fails once, as all of them do, and passes when what it wrote is staged."""
    configure(repository, root)
    home = {"PRE_COMMIT_HOME": str(tmp_path / "cache")}
    first = run("pre-commit", "run", "pipeline-fix", "--all-files", cwd=repository, **home)
    assert first.returncode == 1
    assert (repository / "typo.pipeline.json").read_text() == SOUND
    run("git", "add", ".", cwd=repository)
    assert run("pre-commit", "run", "--all-files", cwd=repository, **home).returncode == 0


@pytest.mark.skipif(
    SLOW not in os.environ, reason=f"installs the project into an environment: {SLOW}=1 pytest tests/test_ci.py"
)
def test_the_hook_installs_by_itself(repository: Path, root: Path, tmp_path: Path) -> None:
    """pre-commit makes the hook's environment from a checkout of this project, and runs it."""
    home = {"PRE_COMMIT_HOME": str(tmp_path / "cache")}
    done = run("pre-commit", "try-repo", root, "pipeline-check", "--all-files", cwd=repository, **home)
    assert done.returncode == 1, done.stderr
    assert "typo.pipeline.json:4:73: error:" in done.stdout


def step(root: Path, name: str) -> dict[str, Any]:
    """A step of the action."""
    found: dict[str, Any] = next(s for s in load(root / "action.yml")["runs"]["steps"] if s.get("name") == name)
    return found


def act(root: Path, cwd: Path, name: str, **given: str) -> subprocess.CompletedProcess[str]:
    """Run a step of the action as its runner does: inputs put in, bash with -e and pipefail."""
    action, wanted = load(root / "action.yml"), step(root, name)
    inputs = {key: str(facts["default"]) for key, facts in action["inputs"].items()} | given

    def put_in(text: str) -> str:
        return re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: inputs[found[1]], text)

    assert "${{" not in wanted["run"], "inputs must come as variables"
    environment = {key: put_in(value) for key, value in wanted.get("env", {}).items()}
    (cwd / "script").write_text(wanted["run"])
    runner = {"GITHUB_OUTPUT": str(cwd / "outputs"), "GITHUB_ACTION_PATH": str(root)}
    return run("bash", "--noprofile", "--norc", "-eo", "pipefail", "script", cwd=cwd, **runner, **environment)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A checkout with a document that has a mistake."""
    (tmp_path / "docs of mine").mkdir()
    (tmp_path / "docs of mine" / "typo.pipeline.json").write_text(TYPO)
    return tmp_path


def test_the_action_annotates(root: Path, sources: Path) -> None:
    """By default a mistake is an annotation, and the job fails."""
    done = act(root, sources, "Check")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error file=docs of mine/typo.pipeline.json,title=unknown-parameter,line=4,")


def test_the_action_writes_sarif(root: Path, sources: Path) -> None:
    """With format sarif a log is written, and its name is an output of the step."""
    done = act(
        root, sources, "Check", format="sarif", paths="docs of mine\n", strict="true", catalogs="skimage==0.25.2"
    )
    assert done.returncode == 1, done.stderr
    log = json.loads((sources / "pipeline-check.sarif").read_text())
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["unknown-parameter"]
    assert (sources / "outputs").read_text() == "sarif-file=pipeline-check.sarif\n"


def test_an_input_of_the_action_runs_nothing(root: Path, sources: Path) -> None:
    """A path that looks like a program, or like an option, is a path."""
    done = act(root, sources, "Check", paths='$(touch canary)";touch canary\n--help')
    assert done.returncode == 1
    assert "can't be read" in done.stdout or "says no format" in done.stdout
    assert not (sources / "canary").exists()


def test_the_action_installs_its_own_checkout(root: Path) -> None:
    """What is installed is the version of the action that was asked for."""
    assert step(root, "Install")["run"] == 'python -m pip install --quiet "$GITHUB_ACTION_PATH"'
