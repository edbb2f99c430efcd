"""Run all that needs a GPU, and write what came out into docs/gpu.md."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from registry.loading import availability
from tools.gpu_check.report import insert, read, write_figures

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "gpu.md"
LIBRARIES = ("cupy", "cupyx", "cucim")


def main() -> int:
    """1 if a test or a benchmark failed or a catalog differs, 3 where there is no GPU."""
    found = availability("cupy")
    if not found.available:
        print(f"there is nothing to check, and nothing was written: {found.message}")
        print("this command needs a machine with an NVIDIA GPU, its driver, and CuPy in this environment")
        return 3
    device = _name_device(str(found.device))
    print(device, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        junit = Path(folder, "tests.xml")
        tests, _ = _run("pytest", "-q", "-m", "gpu", "tests", f"--junitxml={junit}")
        tested = read(junit)
    measured, benchmarks = _run("benchmarks.gpu")
    versions = [f"{name}=={there.version}" for name in LIBRARIES if (there := availability(name)).version]
    catalogs, said = _run("registry.generate", "--check", "--here", *versions)
    PAGE.write_text(
        insert(PAGE.read_text(), write_figures(device, tested, benchmarks, said or "no catalog is shipped"))
    )
    print(f"written to {PAGE.relative_to(ROOT)}")
    return 1 if tests or measured or catalogs else 0


def _name_device(name: str) -> str:
    import cupy

    runtime = cupy.cuda.runtime
    memory = runtime.memGetInfo()[1] / 2**30
    driver = runtime.driverGetVersion()
    libraries = ", ".join(
        f"{there.distribution} {there.version}"
        for library in ("cupy", "cucim", "pyclesperanto")
        if (there := availability(library)).version
    )
    return f"{name}, {memory:.0f} GiB, driver for CUDA {driver // 1000}.{driver % 1000 // 10}, {libraries}"


def _run(module: str, *words: str) -> tuple[int, str]:
    """Run a module, show what it prints, and keep it."""
    done = subprocess.Popen([sys.executable, "-m", module, *words], cwd=ROOT, text=True, stdout=subprocess.PIPE)
    assert done.stdout is not None
    lines = []
    for line in done.stdout:
        print(line, end="", flush=True)
        lines.append(line)
    return done.wait(), "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
