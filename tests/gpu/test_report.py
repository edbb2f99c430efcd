"""The report of a check on a GPU: what was measured is what is written; this part needs none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from registry.loading import availability
from tools.gpu_check.report import BEGIN, END, Outcome, insert, read, write_figures


def test_pytest_s_own_report_is_read(tmp_path: Path) -> None:
    """States are counted, and properties read, from the file that pytest itself writes."""
    (tmp_path / "test_some.py").write_text(
        "import pytest\n"
        "def test_a(record_property): record_property('key', 'cupy:abs'); record_property('apart', 0.25)\n"
        "def test_b(): assert False\n"
        "def test_c(): pytest.skip('why')\n"
    )
    junit = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={junit}", str(tmp_path)]
    subprocess.run(command, check=False, capture_output=True, cwd=tmp_path)
    assert read(junit) == Outcome({"passed": 1, "failed": 1, "skipped": 1}, {"cupy:abs": 0.25}, ["test_b"])


def test_figures_are_written_into_their_place(root: Path) -> None:
    """Libraries are counted by how far they lie apart, the furthest is named, and the page around stays."""
    tested = Outcome({"passed": 3, "failed": 1, "skipped": 0}, {"cupy:a": 0.0, "cupy:b": 1e-5, "cucim:c": 0.5}, ["t"])
    figures = write_figures("a GPU", tested, "row 1\n", "as shipped\n")
    assert "3 passed, 1 failed, 0 skipped" in figures
    assert "| cucim | 1 | 0 | 0 | 0 | 1 |" in figures
    assert "| cupy | 2 | 1 | 0 | 1 | 0 |" in figures
    assert figures.index("`cucim:c` | 5.0e-01") < figures.index("`cupy:b` | 1.0e-05")
    page = (root / "docs" / "gpu.md").read_text()
    before, after = page.partition(BEGIN)[0], page.partition(END)[2]
    assert insert(page, figures) == f"{before}{BEGIN}\n{figures}\n{END}{after}"
    assert insert(insert(page, "other"), figures) == insert(page, figures)
    with pytest.raises(ValueError, match="no place"):
        insert("nothing", figures)


def test_without_a_gpu_nothing_is_written(root: Path) -> None:
    """The command says what is missing, and leaves the page as it is."""
    if availability("cupy").available:
        pytest.skip("there is a GPU here; to run this test use an environment without CuPy")
    before = (root / "docs" / "gpu.md").read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "tools.gpu_check"], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "nothing to check" in done.stdout
    assert (root / "docs" / "gpu.md").read_bytes() == before
