"""What a test registers is forgotten after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from registry.registration import Registration, all_registered


@pytest.fixture(autouse=True)
def only_for_this_test() -> Iterator[None]:
    """Undo each registration that the test made."""
    before = {made.entry.key for made in all_registered()}
    yield
    for made in all_registered():
        if made.entry.key not in before:
            Registration(made, None).undo()
