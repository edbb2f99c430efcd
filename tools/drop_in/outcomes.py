"""How the tests of one run ended, and how two runs differ."""

from __future__ import annotations

from collections import Counter

import msgspec

from tools.drop_in.through_document import Calls

__all__ = ["Difference", "Outcome", "Outcomes", "differences"]


class Outcome(msgspec.Struct, array_like=True):
    """How one test ended: ``passed``, ``failed``, ``skipped`` or ``error``, and what was said."""

    word: str
    message: str = ""


class Outcomes(msgspec.Struct, kw_only=True):
    """What one run of a library's tests gave.

    Attributes
    ----------
    tests : dict of str to Outcome
        By the test's id.
    replaced : list of str
        The keys of the functions that were replaced.
    calls : Calls or None
        Where calls went through documents, what came of them.
    """

    tests: dict[str, Outcome] = {}
    replaced: list[str] = []
    calls: Calls | None = None

    @property
    def counts(self) -> dict[str, int]:
        """How many tests ended in which way."""
        return dict(sorted(Counter(outcome.word for outcome in self.tests.values()).items()))


class Difference(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A test that ended otherwise.

    Attributes
    ----------
    test : str
    raw, replaced : str
        How it ended with the library's functions, and with the registry's; ``missing`` if it was not there.
    message : str
        Of the run in which it did not pass.
    why : str or None
        The cause, if it is known.
    """

    test: str
    raw: str
    replaced: str
    message: str = ""
    why: str | None = None


_MISSING = Outcome("missing")


def differences(raw: Outcomes, replaced: Outcomes, known: dict[str, str]) -> list[Difference]:
    """The tests that ended otherwise in the second run.

    Parameters
    ----------
    raw, replaced : Outcomes
        With the library's functions, and with the registry's.
    known : dict of str to str
        Causes by test.
    """
    found = []
    for test in sorted(raw.tests.keys() | replaced.tests.keys()):
        before, after = raw.tests.get(test, _MISSING), replaced.tests.get(test, _MISSING)
        if before.word != after.word:
            found.append(
                Difference(
                    test=test,
                    raw=before.word,
                    replaced=after.word,
                    message=after.message or before.message,
                    why=known.get(test),
                )
            )
    return found
