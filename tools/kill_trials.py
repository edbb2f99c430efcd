"""Kill runs at random moments, resume them, and compare with a run that nobody disturbed.

    python -m tools.kill_trials 200

In each trial a run over images is begun as a command, and after a random time its process, one of its workers, or both
at once are killed without a word; up to three times the same is done to a run that resumes it; the last one is left to
end. Nothing may be lost: afterwards there are the same outputs with the same bytes, all items are done, no item that
was journaled as done was executed again, and no process and nothing half-written is left.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

from pipeline_schema.run.batch.journal_reading import journal_path, reading

DOCUMENT = """{"format": "pipeline-schema/1", "inputs": {"image": {"axes": "YX"}},
 "steps": [{"id": "smooth", "function": "scipy:ndimage.median_filter", "params": {"size": 5}},
           {"id": "top", "function": "numpy:max"}],
 "outputs": {"smooth": "smooth", "top": "top"}}"""
_END_SECONDS = 120.0
_ORPHAN_SECONDS = 5.0


@dataclass
class Trials:
    """What a campaign found.

    Attributes
    ----------
    trials, kills : int
    kept : int
        Items that were done before a kill, and that the run after it took over.
    faults : list of str
        What was lost, torn, executed twice or left behind; empty if all is well.
    """

    trials: int = 0
    kills: int = 0
    kept: int = 0
    faults: list[str] = field(default_factory=list)


class Campaign:
    """Trials in a folder.

    Parameters
    ----------
    folder : Path
        Empty.
    seed : int
    items : int
        Images in each run.
    """

    def __init__(self, folder: Path, *, seed: int = 0, items: int = 12) -> None:
        self._random = random.Random(seed)
        self._folder = folder
        self._items = items
        self.found = Trials()
        (folder / "in").mkdir()
        (folder / "trial.pipeline.json").write_text(DOCUMENT)
        noise = np.random.default_rng(0)
        for number in range(items):
            np.save(folder / "in" / f"{number:03}.npy", noise.integers(0, 255, (200, 200), dtype=np.uint8))
        began = time.monotonic()
        with self._command(folder / "undisturbed") as run:
            run.wait(_END_SECONDS)
        self._seconds = time.monotonic() - began
        self._expected = outputs(folder / "undisturbed")
        assert len(self._expected) == 2 * items

    def trial(self) -> None:
        """Kill a run up to three times, then let it end, and judge what is there."""
        found = self.found
        found.trials += 1
        out = self._folder / f"trial{found.trials}"
        for _ in range(self._random.randint(1, 3)):
            done = done_items(out)
            with self._command(out) as run:
                time.sleep(self._random.uniform(0.2, 1.0) * self._seconds)
                self._kill(run)
            self._judge(out, done)
        done = done_items(out)
        with self._command(out) as run:
            code = run.wait(_END_SECONDS)
        self._judge(out, done)
        if code or outputs(out) != self._expected or len(done_items(out)) != self._items:
            self._fault(out, f"ended with {code} and {len(outputs(out))} outputs, {len(done_items(out))} items done")
        left = [path.name for path in out.iterdir() if path.name.startswith(".") or path.suffix == ".sqlite-journal"]
        if left:
            self._fault(out, f"left {left}")

    def _kill(self, run: subprocess.Popen[bytes]) -> None:
        try:
            children = psutil.Process(run.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return
        victims = [child for child in children if "guard.py" not in " ".join(_command_of(child))]
        chosen = self._random.choice(["parent", "worker", "all"])
        if chosen != "parent" and victims:
            for victim in victims if chosen == "all" else [self._random.choice(victims)]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    victim.kill()
        if chosen == "worker":
            # The run goes on without it.
            run.wait(_END_SECONDS)
        else:
            run.kill()
            run.wait()
        self.found.kills += 1
        _, alive = psutil.wait_procs(children, timeout=_ORPHAN_SECONDS)
        if alive:
            self._fault(Path(f"pid {run.pid}"), f"{len(alive)} processes lived on for {_ORPHAN_SECONDS:.0f} s")
            for process in alive:
                process.kill()

    def _judge(self, out: Path, done: dict[str, float]) -> None:
        """Nothing is torn, and what was done before was not done again."""
        for name, data in outputs(out).items():
            if self._expected.get(name) != data:
                self._fault(out, f"{name} is torn")
        now = done_items(out)
        again = [name for name, ended in done.items() if now.get(name) != ended]
        if again:
            self._fault(out, f"{again} were done, and executed again or lost")
        self.found.kept += len(done)

    def _fault(self, out: Path, what: str) -> None:
        self.found.faults.append(f"{out.name}: {what}")

    @contextlib.contextmanager
    def _command(self, out: Path) -> Iterator[subprocess.Popen[bytes]]:
        command = [sys.executable, "-P", "-m", "pipeline_schema", "run", str(self._folder / "trial.pipeline.json")]
        command += [str(self._folder / "in"), "-o", str(out), "--workers", "2", "--resume", "--array-format", "npy"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            yield run


def outputs(out: Path) -> dict[str, bytes]:
    """What lies in its place in an output folder, by path."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.glob("*/*")
        if not path.parent.name.startswith(".")
    }


def done_items(out: Path) -> dict[str, float]:
    """The items that the journal calls done, and when they ended."""
    if not journal_path(out).exists():
        return {}
    with reading(journal_path(out)) as journal:
        return dict(journal.ended())


def _command_of(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def main() -> None:
    """Run a campaign and print what it found."""
    parser = argparse.ArgumentParser(description="Kill runs, resume them, and compare.")
    parser.add_argument("trials", type=int, nargs="?", default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kill-trials-") as folder:
        campaign = Campaign(Path(folder), seed=arguments.seed)
        for number in range(1, arguments.trials + 1):
            campaign.trial()
            if number % 10 == 0 or number == arguments.trials:
                found = campaign.found
                print(
                    f"{found.trials} trials, {found.kills} kills, {found.kept} items taken over, "
                    f"{len(found.faults)} faults",
                    flush=True,
                )
    for fault in campaign.found.faults:
        print(fault)
    sys.exit(bool(campaign.found.faults))


if __name__ == "__main__":
    main()
