"""Reading at once: a JSON document that has only what types say is decoded straight into Structs.

msgspec does it several times as fast as any walk, and neither sees keys that stand twice nor what was left to defaults.
So what was read is written again: where no quote is missing, nothing was lost. Whatever is not as simple is read by the
slow way, which says what is wrong.
"""

from __future__ import annotations

from typing import Final

import msgspec

from pipeline_schema.codec.reading import is_sound
from pipeline_schema.codec.survey import Survey
from pipeline_schema.document import FORMAT, Pipeline, Step
from pipeline_schema.limits import MAX_STEPS
from pipeline_schema.migrate import read_version
from pipeline_schema.problems import Problem

__all__ = ["read_at_once"]


class _Written(Pipeline, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A pipeline as a document writes it, which says its format and its steps."""

    steps: list[Step]
    format: str


_DECODER: Final = msgspec.json.Decoder(_Written)
_ENCODER: Final = msgspec.json.Encoder()


def read_at_once(data: bytes, seen: Survey) -> Pipeline | None:
    """A document that is right and simple; None for any other.

    Parameters
    ----------
    data : bytes
    seen : Survey
        What was found out about it.
    """
    # Escapes hide keys and quotes; null is a default that types accept and documents don't; notes and unknown are
    # fields of ours and no words of the format; other $ keys are values that have to be read.
    if (
        seen.has_long_strings
        or seen.has_long_numbers
        or b"\\" in data
        or b"null" in data
        or b'"notes"' in data
        or b'"unknown"' in data
    ):
        return None
    try:
        written = _DECODER.decode(data)
    except msgspec.MsgspecError:
        return None
    if b"$" in data and data.count(b'"$') > (written.schema is not None):
        return None
    if len(written.steps) > MAX_STEPS:
        return None
    if written.format != FORMAT:
        problems: list[Problem] = []
        if read_version(written.format, problems).has_unknown_words or problems:
            return None
    # All strings of the text, of which there are half as many as quotes, are in what was read. Options that are left to
    # defaults are written, and were not there.
    again = _ENCODER.encode(written)
    defaults = again.count(b'"options":{}')
    if again.count(b'"') - 2 * defaults != data.count(b'"'):
        return None
    pipeline = Pipeline(**msgspec.structs.asdict(written))
    return pipeline if is_sound(pipeline, has_options=defaults < len(pipeline.steps)) else None
