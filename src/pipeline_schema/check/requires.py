"""What a document requires: version specifiers that can be read, and that the installed versions meet."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline_schema.document import Pipeline
from pipeline_schema.problems import Problem, pointer
from registry.catalog import standing_in
from registry.installed import version_of

__all__ = ["find_version_problems"]


def find_version_problems(pipeline: Pipeline) -> Iterator[Problem]:
    """Requirements that are misspelled (`schema-error`) or not met here (`version-mismatch`).

    A distribution that is not installed is no problem: a document can be checked without the libraries that it names.
    Where a catalog stands for what is installed, its version counts.
    """
    if not pipeline.requires:
        return
    # Loaded only for documents that require something: it takes as long as checking a dozen of them.
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.utils import InvalidName, canonicalize_name
    from packaging.version import InvalidVersion

    instead = {canonicalize_name(catalog.distribution): catalog.version for catalog in standing_in()}
    for distribution, specifier in pipeline.requires.items():
        at = pointer("requires", distribution)
        try:
            canonicalize_name(distribution, validate=True)
            wanted = SpecifierSet(specifier)
        except InvalidName:
            message = f"{distribution!a:.80} is not the name of a distribution; write for example scikit-image"
            yield Problem(code="schema-error", message=message, pointer=at)
            continue
        except InvalidSpecifier:
            message = f"{specifier!a:.80} is not a version specifier; write for example >=0.25,<0.27"
            yield Problem(code="schema-error", message=message, pointer=at)
            continue
        try:
            chosen = instead.get(canonicalize_name(distribution))
            version = chosen or version_of(distribution)
            met = version is None or wanted.contains(version, prereleases=True)
        except InvalidVersion:
            continue
        if not met:
            here = "is installed" if chosen is None else "is what it is checked against"
            message = f"the document requires {distribution} {specifier}, and {version} {here}"
            install = f"pip install '{distribution}{specifier}'"
            yield Problem(code="version-mismatch", message=message, pointer=at, install=install)
