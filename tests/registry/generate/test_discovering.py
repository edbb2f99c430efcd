"""What runs inside an environment: catalogs as files, with trials if they are asked for."""

from registry.catalog.model import decode
from registry.generate.discovering import main
from registry.generate.observations import observed_in


def test_a_catalog_is_written_into_the_folder(tmp_path):
    """One file a library and version, with nothing observed where nothing was tried."""
    assert main([str(tmp_path), "builtin"]) == 0
    assert observed_in(decode((tmp_path / "builtin-1.json").read_bytes())) == {}


def test_trials_are_part_of_the_catalog(tmp_path, monkeypatch):
    """With --trials each function was called, of the catalog that was just made."""
    own, made = tmp_path / "own", tmp_path / "made"
    own.mkdir()
    made.mkdir()
    monkeypatch.setattr("registry.catalog.shipped.FOLDER", own)
    assert main([str(made), "--trials", "builtin"]) == 0
    catalog = decode((made / "builtin-1.json").read_bytes())
    assert observed_in(catalog).keys() == set(catalog.keys())
    assert decode((own / "builtin-1.json").read_bytes()).keys() == catalog.keys()
