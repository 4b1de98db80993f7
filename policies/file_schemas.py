"""JSON Schemas of the policy files, for editors: completion, descriptions, and most faults before a lint.

They say what a file may look like. What only the loader can know (names that exist, types of conditions, what overlays
may change) stays with ``handrail policies lint``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from policies.models import OBLIGATIONS, PROVENANCES
from policies.rule_reader import HELPLINE_KINDS
from policies.taxonomy import LANGUAGES, Action, Domain

Json = dict[str, Any]

FOLDER: Final = Path(__file__).parent / "schemas"
"""Where the schemas are published."""


def _text(description: str, **more: Any) -> Json:
    return {"type": "string", "minLength": 1, "description": description, **more}


def _object(description: str, properties: Json, required: tuple[str, ...] = ()) -> Json:
    return {
        "type": "object",
        "description": description,
        "additionalProperties": False,
        "properties": properties,
        "required": list(required),
    }


def _map(description: str, values: Json, names: str = r"^[a-z][a-z0-9_]*$") -> Json:
    return {
        "type": "object",
        "description": description,
        "patternProperties": {names: values},
        "additionalProperties": False,
    }


def _list(description: str, items: Json) -> Json:
    return {"type": "array", "description": description, "items": items}


_CONDITION: Final = (
    "CEL over risk, context, text, thread and time, with threshold.<name> and named predicates. Available: || && ! == != < "
    '<= > >= in + - * / ?:, size(x), startsWith, endsWith, contains, matches("pattern"), exists(n, ...), all(n, ...).'
)
_BY_LANGUAGE: Final[Json] = {language: _text(f"The text in `{language}`.") for language in LANGUAGES}
_WHEN: Final = _text(_CONDITION, maxLength=2000)
_ACTION: Final[Json] = {
    "enum": [str(action) for action in Action],
    "description": "What happens, from laxest to strictest; among the rules that match the strictest wins.",
}
_DOMAIN: Final[Json] = {"enum": [str(domain) for domain in Domain], "description": "The product domain of the rule."}
_MOMENT: Final[Json] = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}([T ].+(Z|[+-]\d{2}:\d{2}))?$",
    "description": "A date (midnight in UTC) or a time with its offset, e.g. 2026-01-31.",
}
_OBLIGATION: Final[Json] = {
    "description": "A duty on the reply: " + "; ".join(f"{name}: {text}" for name, text in OBLIGATIONS.items()),
    "anyOf": [
        {"enum": [name for name in OBLIGATIONS if name not in ("lead_with_helplines", "add_disclaimer")]},
        {"enum": [f"lead_with_helplines:{kind}" for kind in HELPLINE_KINDS]},
        {"type": "string", "pattern": "^add_disclaimer:[a-z][a-z0-9_]*$"},
    ],
}
_GIVEN: Final[Json] = {
    "type": "object",
    "description": "Facts by path, e.g. risk.facet: dosing; all others are quiet.",
    "patternProperties": {r"^(risk|context|text|thread)\.": {}},
    "additionalProperties": False,
}
_TEST: Final[Json] = {
    "fires": {"type": "boolean", "description": "Whether the rule matches."},
    "given": _GIVEN,
    "each": {
        "type": "object",
        "description": "Facts with several values: one case for every combination.",
        "additionalProperties": {"type": "array", "minItems": 1},
    },
    "action": {**_ACTION, "description": "The action of the whole decision."},
    "rationale": _text("The rationale that is told."),
    "at": {**_MOMENT, "description": "The time of the decision; now when left out."},
}
_TESTS: Final = _list("Cases beside the rule.", _object("One case.", _TEST, ("fires", "given", "action")))
_RATIONALE: Final = _text("Code of the text that is told, from rationales/.")
_RELAXABLE: Final[Json] = {
    "description": "How far overlays may loosen this rule; not at all when left out.",
    "anyOf": [
        _ACTION,
        _object(
            "The laxest action, and obligations that overlays may drop.",
            {"to": _ACTION, "drop": _list("Names of obligations.", {"enum": list(OBLIGATIONS)})},
            ("to",),
        ),
    ],
}
_RULE: Final[Json] = {
    "id": _text("Name of the rule, e.g. medical.dosing.child.", pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$"),
    "description": _text("What the rule is for, in one sentence."),
    "owner": _text("Who answers for the rule; may stand once per file."),
    "domain": _DOMAIN,
    "when": _WHEN,
    "except": _list(
        "Cases in which the rule does not apply although `when` holds.",
        _object("One exception.", {"when": _WHEN, "because": _text("Why.")}, ("when", "because")),
    ),
    "action": _ACTION,
    "obligations": _list("Duties on the reply; those of all matching rules add up.", _OBLIGATION),
    "rationale": _RATIONALE,
    "effective_from": {**_MOMENT, "description": "First moment at which the rule applies."},
    "effective_until": {**_MOMENT, "description": "Moment from which it no longer applies."},
    "relaxable": _RELAXABLE,
    "tests": _TESTS,
}
_REQUIRED: Final = ("id", "description", "when", "action", "rationale")
_HEAD: Final[Json] = {"owner": _RULE["owner"], "domain": _DOMAIN}
_SOURCE: Final = _text("Key of the source, from `sources`.")

_RULES: Final = _object(
    "A pack of rules.",
    {
        **_HEAD,
        "core": {"type": "boolean", "description": "Nobody can loosen these rules, and no risk appetite moves them."},
        "rules": _list("The rules; their order never matters.", _object("A rule.", _RULE, _REQUIRED)),
    },
    ("rules",),
)

_OVERLAY: Final = _object(
    "What is different for one jurisdiction, locale or tenant; the file name is the scope.",
    {
        "title": _text("Name for people."),
        **_HEAD,
        "risk_appetite": _text("Set of thresholds; tenants only."),
        "sources": _map(
            "Public texts that the rules rest on.",
            _object(
                "A source.",
                {
                    "title": _text("Law, authority or text, with its article."),
                    "url": _text("Where it is published.", pattern="^https://"),
                    "checked_on": {**_MOMENT, "description": "Day on which an editor saw the text there."},
                },
                ("title", "url"),
            ),
        ),
        "rules": _list(
            "Rules that apply here only; they can only tighten.",
            _object("A rule.", {**_RULE, "source": _SOURCE}, _REQUIRED),
        ),
        "changes": _list(
            "Other actions for rules of the layers below: stricter always, laxer as far as the rule is `relaxable`.",
            _object(
                "A change.",
                {
                    "rule": _text("Id of the rule that is changed."),
                    "when": _WHEN,
                    "action": _ACTION,
                    "because": _text("Why."),
                    "obligations": _list("Duties that are added.", _OBLIGATION),
                    "drop": _list("Names of obligations that are left out.", {"enum": list(OBLIGATIONS)}),
                    "rationale": _RATIONALE,
                    "source": _SOURCE,
                    "effective_from": _RULE["effective_from"],
                    "effective_until": _RULE["effective_until"],
                    "tests": _TESTS,
                },
                ("rule", "action", "because"),
            ),
        ),
    },
    ("title", "owner"),
)

_SCORE: Final[Json] = {"type": "number", "minimum": 0, "maximum": 1}
_VOCABULARY: Final = _object(
    "The names and numbers that rules share.",
    {
        "audiences": _map("Readerships, each with what it is.", _text("What it is.")),
        "roles": _map(
            "Roles that may be asserted.",
            _object(
                "A role.",
                {
                    "audience": _text("Its readership."),
                    "domain": {**_DOMAIN, "description": "Where the role is a professional one."},
                    "description": _text("Who has it."),
                    "asserted_by": _list("Whose word is enough.", {"enum": list(PROVENANCES)}),
                },
                ("audience", "description"),
            ),
        ),
        "jurisdictions": _map(
            "Places with their own law or authorities.",
            {
                "anyOf": [
                    _text("Its name."),
                    _object(
                        "A place.",
                        {
                            "name": {
                                "anyOf": [_text("Its name."), _object("Its name by language.", _BY_LANGUAGE, ("en",))]
                            },
                            "within": _text("The larger jurisdiction whose overlay applies too."),
                            "age_of_majority": {"type": "integer", "minimum": 1, "maximum": 25},
                        },
                        ("name",),
                    ),
                ]
            },
            "^[A-Z]{2}$",
        ),
        "locales": _map(
            "Languages as used in a place.",
            _object(
                "A locale.",
                {
                    "language": {"enum": list(LANGUAGES), "description": "Language of the texts."},
                    "jurisdiction": _text("Its place."),
                    "fallback": _text("Where to look next for guidance."),
                },
                ("language", "jurisdiction"),
            ),
            "^[a-z]{2,3}(-[A-Z]{2})?$",
        ),
        "signals": _map("Text rules of the risk stage.", _text("When it fires."), r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$"),
        "thresholds": _map("Numbers by name.", _SCORE),
        "risk_appetites": _map(
            "Sets of thresholds that a tenant may choose; what a set leaves out is as declared.",
            _map("Thresholds of the set.", _SCORE),
        ),
        "predicates": _map("Conditions by name.", _WHEN),
    },
    ("audiences", "roles", "jurisdictions", "locales", "signals", "thresholds", "predicates"),
)

_RATIONALES: Final = _object(
    "What people are told.",
    {
        "appeal": _object("How to ask for a review, unless an entry says otherwise.", _BY_LANGUAGE, ("en",)),
        "rationales": _map(
            "Texts by code.",
            _object(
                "What is declined, why, and how to proceed; at most 60 words together.",
                {
                    "rank": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 100,
                        "description": "Among equally strict rules the highest rank speaks.",
                    },
                    **{
                        language: _object(
                            f"The texts in `{language}`.",
                            {
                                "title": _text("A few words.", maxLength=120),
                                "declined": _text("What exactly is declined.", maxLength=200),
                                "reason": _text("Why.", maxLength=600),
                                "how_to_proceed": _text("What to do instead.", maxLength=400),
                                "appeal": _text("How to ask for a review of this.", maxLength=300),
                            },
                            ("title", "declined", "reason", "how_to_proceed"),
                        )
                        for language in LANGUAGES
                    },
                },
                ("en",),
            ),
        ),
        "disclaimers": _map("Texts that `add_disclaimer` appends.", _object("A text.", _BY_LANGUAGE, ("en",))),
    },
)

_CASES: Final = _object(
    "Cases: facts, and what the policies must make of them.",
    {
        "cases": _list(
            "The cases.",
            _object(
                "One case.", {"rule": _text("The rule it is about."), **_TEST}, ("rule", "fires", "given", "action")
            ),
        )
    },
    ("cases",),
)

KINDS: Final[dict[str, tuple[str, Json]]] = {
    "vocabulary": ("vocabulary.yaml", _VOCABULARY),
    "rules": ("rules/*.yaml", _RULES),
    "overlay": ("overlays/*/*.yaml", _OVERLAY),
    "rationales": ("rationales/*.yaml", _RATIONALES),
    "cases": ("cases/*.yaml", _CASES),
}
"""Kind of file to where such files lie and what they look like."""


def schema_of_kind(kind: str) -> Json:
    """Return the JSON Schema (draft 2020-12) of a kind of file."""
    where, schema = KINDS[kind]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"Handrail: {where}", **schema}


def write_schemas(folder: Path = FOLDER) -> list[Path]:
    """The schemas are in the folder, one file a kind; their paths are returned."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for kind in KINDS:
        paths.append(folder / f"{kind}.schema.json")
        paths[-1].write_text(text_of_schema(kind), encoding="utf-8")
    return paths


def text_of_schema(kind: str) -> str:
    """Return the schema as it is published."""
    return json.dumps(schema_of_kind(kind), indent=2, ensure_ascii=False) + "\n"
