"""The door of the command line."""

from __future__ import annotations

import signal
import sys
from types import SimpleNamespace

import pytest

from pipeline_schema.__main__ import main


def test_an_interrupt_while_the_commands_are_loaded_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C before there is a command ends as it does in one: exit code 130 and a word."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    ignored: list[object] = []
    monkeypatch.setattr(signal, "signal", lambda *given: ignored.append(given))
    monkeypatch.setitem(sys.modules, "pipeline_schema.cli.main", SimpleNamespace(main=interrupt))
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "pipeline: interrupted\n"
    assert ignored == [(signal.SIGINT, signal.SIG_IGN)]
