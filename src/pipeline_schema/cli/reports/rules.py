"""The rules that documents are checked by, one a problem code, for reports that carry their own explanation."""

from __future__ import annotations

from typing import NamedTuple

from pipeline_schema.problems import Code, Severity

__all__ = ["RULES", "Rule"]


class Rule(NamedTuple):
    """What a code means.

    Attributes
    ----------
    summary : str
        What is wrong, in one sentence.
    fix : str
        What to do.
    severity : {'error', 'warning', 'note'}
        Of most problems with this code.
    """

    summary: str
    fix: str
    severity: Severity = "error"

    @property
    def markdown(self) -> str:
        """Both, and where there is more."""
        return f"{self.summary} {self.fix} More, with an example, is in `docs/checking.md` of pipeline-schema."


RULES: dict[Code, Rule] = {
    "parse-error": Rule("The text can't be read as what its name says it is.", "Mend it at the place that is named."),
    "limit-exceeded": Rule("The document is larger than a document may be.", "Put large arrays into a $file."),
    "unknown-version": Rule(
        "The document is of a newer format, or uses words of one.", "Install a newer version of pipeline-schema."
    ),
    "schema-error": Rule(
        "The document is no pipeline: a key is unknown or missing, or a value is of the wrong form.",
        "Write what is suggested; remarks go into keys that start with x-.",
    ),
    "unknown-function": Rule(
        "No function has this key.", "Take a suggested key, or search with `pipeline functions WORD`."
    ),
    "excluded-function": Rule(
        "The function exists, and is not offered on purpose.", "Do without, or make its result an input."
    ),
    "unavailable-function": Rule(
        "The function is known, and can't run here.", "Install or attach what is named.", "warning"
    ),
    "unknown-parameter": Rule(
        "The function has no parameter of this name.",
        "Take a suggested name; `pipeline functions show KEY` lists all.",
    ),
    "missing-parameter": Rule(
        "A parameter that has no default is bound to nothing.", "Set it in params, or bind it in inputs."
    ),
    "invalid-value": Rule(
        "A parameter or option does not take this value, or is given twice.", "Write a value of the type that is named."
    ),
    "bad-reference": Rule(
        "A reference leads nowhere, two things have one name, or an item is asked of a step that has none.",
        "Refer to an input, to the id of a step, or to one item of a step: id.0 or id.name.",
    ),
    "cycle": Rule("Steps wait for each other.", "Let one of them take something else."),
    "kind-mismatch": Rule(
        "A result can't be what a parameter takes.", "Bind the parameter to the step that makes it.", "warning"
    ),
    "version-mismatch": Rule(
        "A library is outside of the versions that the document requires.",
        "Install a version within the range, or widen it after comparing results.",
    ),
    "payload-error": Rule(
        "An array or bytes in the document can't be read.", "Let dtype, shape and data agree, and files their sha256."
    ),
    "path-error": Rule(
        "A file that the document names is not there, or not beside or below the document.",
        "Put it beside the document, and write its relative path.",
    ),
    "unseeded": Rule("The result is another one each time.", "Give the function a seed.", "warning"),
    "deprecated": Rule(
        "A function or parameter is named in a way that goes away, or is not the first choice.",
        "Write the name that is suggested.",
        "warning",
    ),
    "unused-step": Rule(
        "Nothing takes the result of a step.", "Name it in outputs, bind it, or leave the step out.", "warning"
    ),
    "axis-ambiguous": Rule(
        "A stack flows into a function that may treat it as one image or as many.",
        "Say which with the option slice_by_slice.",
        "warning",
    ),
}
