"""Golden documents: ``python -m tools.golden FILE --inputs INPUTS.json`` adds one, with its digest and its results.

Nothing that is there is ever written again. INPUTS.json has the values of the pipeline's inputs by name, in the
document's notation (``{"$array": ...}``). ``--refused`` records instead what keeps the document from running, for one
that this version is to open and not to run.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

from pipeline_schema.codec import digest, loads
from pipeline_schema.codec.json import encode_plain
from pipeline_schema.errors import PlanError
from pipeline_schema.plan import plan
from pipeline_schema.values import Array, encode, parse

__all__ = ["FOLDER", "name_of", "read_inputs", "run", "written"]

FOLDER: Final = Path(__file__).parents[1] / "tests" / "golden"
SUFFIXES: Final = {".json": "json", ".yaml": "yaml", ".msgpack": "msgpack"}


def name_of(path: Path) -> str:
    """A document's name, under which its digest and results are kept."""
    return path.name.partition(".pipeline.")[0]


def read_inputs(plain: dict[str, Any]) -> dict[str, Any]:
    """The values of a pipeline's inputs, from the document's notation."""
    import numpy as np

    found = {}
    for name, value in plain.items():
        problems: list[Any] = []
        made = parse(value, problems, ("inputs", name))
        assert not problems, problems
        if isinstance(made, Array):
            little = np.dtype(made.dtype).newbyteorder("<")
            made = np.frombuffer(bytearray(made.data), little).reshape(made.shape).astype(made.dtype)
        found[name] = made
    return found


def run(path: Path, inputs: dict[str, Any]) -> dict[str, Any]:
    """The results of a document, by output."""
    pipeline = loads(path.read_bytes(), format=SUFFIXES[path.suffix])  # type: ignore[arg-type]
    return dict(plan(pipeline, base=path.parent)(**read_inputs(inputs)))


def written(results: dict[str, Any]) -> dict[str, Any]:
    """Results in the document's notation, in which every value has one spelling."""
    return {name: encode(value, (name,), exact=True) for name, value in results.items()}


def refusals(path: Path) -> list[list[str]]:
    """What keeps a document from being planned: codes and pointers."""
    pipeline = loads(path.read_bytes(), format=SUFFIXES[path.suffix])  # type: ignore[arg-type]
    try:
        plan(pipeline, base=path.parent)
    except PlanError as error:
        return [[problem.code, problem.pointer] for problem in error.problems]
    raise SystemExit(f"{path} can be run here; give --inputs")


def main(arguments: list[str] | None = None) -> int:
    """Add one document."""
    parser = argparse.ArgumentParser(prog="python -m tools.golden", description=__doc__)
    parser.add_argument("file", type=Path)
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--inputs", type=Path)
    how.add_argument("--refused", action="store_true")
    given = parser.parse_args(arguments)
    name = name_of(given.file)
    target, answer = FOLDER / given.file.name, FOLDER / "answers" / f"{name}.json"
    recorded = FOLDER / "digests.json"
    digests: dict[str, str] = json.loads(recorded.read_text(encoding="utf-8"))
    here = target.exists() and target.resolve() != given.file.resolve()
    if here or answer.exists():
        print(f"{name} is a golden document already; they are added, never changed", file=sys.stderr)
        return 1
    pipeline = loads(given.file.read_bytes(), format=SUFFIXES[given.file.suffix])  # type: ignore[arg-type]
    if digests.get(name, digest(pipeline)) != digest(pipeline):
        print(f"the digest of {name} is recorded, and is another one", file=sys.stderr)
        return 1
    facts: dict[str, Any]
    if given.refused:
        facts = {"refused": refusals(given.file)}
    else:
        inputs = json.loads(given.inputs.read_text(encoding="utf-8"))
        facts = {"inputs": written(read_inputs(inputs)), "results": written(run(given.file, inputs))}
    answer.parent.mkdir(exist_ok=True)
    answer.write_text(encode_plain(facts), encoding="utf-8")
    if not target.exists():
        target.write_bytes(given.file.read_bytes())
    digests[name] = digest(pipeline)
    recorded.write_text(json.dumps(dict(sorted(digests.items())), indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
