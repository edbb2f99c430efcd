"""The page says what happened, runs nothing, fetches nothing, and is whole or absent."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from pipeline_schema.cli.main import app
from pipeline_schema.errors import OutputError
from pipeline_schema.report.page import write_whole
from pipeline_schema.report.wording import duration, figure, size
from pipeline_schema.run.batch.journal_reading import journal_path, reading

_VOID = ("meta", "img", "br", "rect")


class _Page(HTMLParser):
    """A page as a browser reads it; every tag must be closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(name)
        self.addresses += [value or "" for key, value in attributes if key in ("src", "href")]
        assert not [key for key, _ in attributes if key.startswith("on")]
        if name not in _VOID:
            self.open.append(name)

    def handle_endtag(self, name: str) -> None:
        if name not in _VOID:
            assert self.open.pop() == name

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data


def _report(folder: Path, *options: str) -> _Page:
    result = CliRunner().invoke(app, ["report", str(folder), *options])
    assert result.exit_code == 0, result.output
    return _Page(Path(result.stdout.strip()).read_text("utf-8"))


def test_the_page_tells_the_run(out: Path) -> None:
    """State, counts, failure with traceback, pictures, table figures, steps, files' sums, document, versions."""
    page = _report(out)
    record = msgspec.json.decode((out / "run.json").read_bytes())
    for expected in ("finished, 1 failed", "ImageError", "torn.png is a damaged PNG", "Traceback (most recent call",
                     "skimage:filters.threshold_otsu", "mean_intensity", "scikit-image", record["digest"],
                     '"function": "numpy:greater"', "level 107", "rows of 3 items"):  # fmt: skip
        assert expected in page.text, expected
    for item in record["items"]:
        for file in [*item.get("outputs", ()), *item["inputs"].values()]:
            assert file["sha256"] in page.text
    assert sum(address.startswith("data:image/png") for address in page.addresses) == 3


def test_nothing_runs_and_nothing_is_fetched(recorded: Path) -> None:
    """Hostile names and messages are text, every address is data or a place in the page, the policy forbids more."""
    record = msgspec.json.decode((recorded / "run.json").read_bytes())
    attack = "</pre><script>alert(1)</script><img src=x onerror=alert(2)>\u202e"
    record["platform"] = record["versions"]["numpy"] = attack
    for item in record["items"]:
        item["seconds"] = 1e9
        if error := item.get("error"):
            error.update(message=attack, traceback=attack, notes=[attack], step=attack, key=attack)
    (recorded / "run.json").write_bytes(msgspec.json.encode(record))
    page = _report(recorded)
    assert {"script", "iframe", "object", "link", "form"}.isdisjoint(page.tags)
    assert all(address.startswith(("data:image/png;base64,", "#")) for address in page.addresses)
    assert page.text.count("<script>alert(1)</script>") >= 4
    text = (recorded / "report.html").read_text("utf-8")
    assert "default-src 'none'" in html.unescape(text.split("<title>")[0])
    assert "\u202e" not in text
    assert not re.findall(r"https?://(?!www\.w3\.org)[^\s\"<]*", text.split("<main")[0])


def test_an_interrupted_run_is_told_as_far_as_it_came(recorded: Path) -> None:
    """What is recorded is shown, and how many items were not come to."""
    record = msgspec.json.decode((recorded / "run.json").read_bytes())
    record |= {"state": "interrupted", "finished": "", "total": 10, "items": record["items"][:2]}
    (recorded / "run.json").write_bytes(msgspec.json.encode(record))
    page = _report(recorded)
    assert "interrupted" in page.text
    assert re.search(r"8\s*not run", page.text)
    (recorded / "run.json").write_bytes(msgspec.json.encode(record | {"items": []}))
    assert re.search(r"10\s*not run", _report(recorded).text)


def test_lists_and_pictures_are_bounded(out: Path) -> None:
    """No more pictures and rows than asked for, and the page says how many there are."""
    page = _report(out, "--pictures", "1", "--items", "2", "-o", str(out / "small.html"))
    assert sum(address.startswith("data:") for address in page.addresses) == 1
    assert "1 of 3 items, evenly spread" in page.text
    assert "and 2 more, in run.json" in page.text


def test_only_the_document_that_was_run_is_shown(finished: Path, recorded: Path, tmp_path: Path) -> None:
    """Without a journal a document has to be named, and must be the one; the command refuses another."""
    with reading(journal_path(finished)) as journal:
        document = journal.document()
    assert '"function": "numpy:greater"' not in _report(recorded).text
    named = tmp_path / "named.pipeline.json"
    for data, problem in ((document.replace(b"area", b"bbox"), "its digest is another"), (b"{", "is no document")):
        named.write_bytes(data)
        result = CliRunner().invoke(app, ["report", str(recorded), "--document", str(named)])
        assert result.exit_code == 2
        assert problem in result.output
    named.write_bytes(document)
    assert '"function": "numpy:greater"' in _report(recorded, "--document", str(named)).text


def test_a_page_is_whole_or_absent(tmp_path: Path) -> None:
    """What can't be written leaves nothing behind and what was there before."""
    (tmp_path / "report.html").mkdir()
    with pytest.raises(OutputError, match=r"report\.html"):
        write_whole("page", tmp_path / "report.html")
    with pytest.raises(OutputError):
        write_whole("page", tmp_path / "none" / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_folder_of_no_run_is_wrong_usage(tmp_path: Path) -> None:
    """A folder without a record is told, with exit code 2."""
    result = CliRunner().invoke(app, ["report", str(tmp_path)])
    assert result.exit_code == 2
    assert "no output folder of a run" in result.output


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's chromium: apt-get install chromium")
def test_a_browser_shows_it_without_an_error(out: Path, tmp_path: Path) -> None:
    """A real browser draws the page from file://, with nothing refused by the policy and all pictures decoded."""
    _report(out)
    result = subprocess.run(
        ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0",
         f"--user-data-dir={tmp_path / 'profile'}", f"--screenshot={tmp_path / 'shot.png'}",
         (out / "report.html").as_uri()],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "CONSOLE" not in result.stderr
    assert (tmp_path / "shot.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0000012, "1 µs"),
        (0.01234, "12.3 ms"),
        (1.5, "1.5 s"),
        (119.0, "119 s"),
        (150, "2 min 30 s"),
        (7260, "2 h 01 min"),
    ],
)
def test_durations_are_readable(seconds: float, said: str) -> None:
    """Each duration is in the unit that fits."""
    assert duration(seconds) == said


def test_numbers_and_sizes_are_readable() -> None:
    """Whole numbers stay whole, others have four digits, bytes have their unit."""
    assert [figure(value) for value in (12.0, 1234567.0, 0.123456, 1e-9)] == ["12", "1,234,567", "0.1235", "1e-09"]
    assert [size(count) for count in (0, 999, 1500, 2_340_000)] == ["0 B", "999 B", "1.5 kB", "2.34 MB"]
