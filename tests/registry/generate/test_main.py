"""Writing and comparing catalogs from the command line."""

import msgspec
import pytest

from registry.catalog.model import decode, encode
from registry.entry import Observed
from registry.generate.__main__ import main
from registry.generate.observations import observed_in
from registry.sources import discover


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder in place of the shipped catalogs."""
    monkeypatch.setattr("registry.catalog.shipped.FOLDER", tmp_path)
    return tmp_path


def test_drift_fails_the_check_and_is_written_without_it(folder, capsys):
    """A catalog that is not what discovery finds fails the check, is written without it, and is fine then."""
    assert main(["--check", "--here", "builtin"]) == 1
    assert list(folder.iterdir()) == []
    assert main(["--here", "builtin"]) == 0
    assert main(["--check", "--here", "builtin"]) == 0
    assert "as shipped" in capsys.readouterr().out


def test_what_trials_observed_outlives_a_new_discovery(folder):
    """Discovery alone takes nothing away that trials found out."""
    catalog = discover("builtin")
    first, *others = catalog.entries
    tried = msgspec.structs.replace(first, observed=Observed(images=("2d",), stack="slices"))
    path = folder / "builtin-1.json"
    path.write_bytes(encode(catalog.replace(entries=(tried, *others))))
    assert main(["--check", "--here", "builtin"]) == 0
    path.write_bytes(path.read_bytes().replace(b'"summary": "', b'"summary": "Once ', 1))
    assert main(["--here", "builtin"]) == 0
    assert observed_in(decode(path.read_bytes())) == {first.key: tried.observed}


def test_a_name_that_no_environment_makes_is_wrong_usage(folder, capsys):
    """Exit code 2 and the names that are known."""
    with pytest.raises(SystemExit) as caught:
        main(["scikit-image"])
    assert caught.value.code == 2
    assert "skimage==0.26.0" in capsys.readouterr().err
