"""Runs that are killed at random moments lose nothing: a few of the trials of `python -m tools.kill_trials 200`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from tools.kill_trials import Campaign


@pytest.mark.skipif(sys.platform == "win32", reason="kills process groups")
def test_killed_runs_lose_nothing(tmp_path: Path) -> None:
    """After kills of parent, workers or both, resuming gives the undisturbed outputs; KILL_TRIALS says how many."""
    campaign = Campaign(tmp_path, seed=1, items=6)
    for _ in range(int(os.environ.get("KILL_TRIALS", "3"))):
        campaign.trial()
    assert not campaign.found.faults
    assert campaign.found.kills
