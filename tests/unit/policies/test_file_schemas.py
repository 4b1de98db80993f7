"""The published schemas accept every file that loads and name the faults that a form can have."""

from __future__ import annotations

from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from policies.file_schemas import FOLDER, KINDS, schema_of_kind, text_of_schema, write_schemas
from policies.loader import packaged_root
from policies.rule_reader import _RULE_FIELDS

FILES = [(kind, path) for kind, (pattern, _) in KINDS.items() for path in sorted(packaged_root().glob(pattern))]


class _Texts(yaml.SafeLoader):
    """As the loader reads: dates stay texts."""


_Texts.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.mark.parametrize(("kind", "path"), FILES, ids=lambda value: getattr(value, "stem", value))
def test_every_packaged_file_fits_its_schema(kind: str, path: Path) -> None:
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Texts)
    faults = [error.message for error in jsonschema_rs.validator_for(schema_of_kind(kind)).iter_errors(document)]
    assert faults == []


def test_every_kind_has_files() -> None:
    assert {kind for kind, _ in FILES} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_published_schema_is_this_one(kind: str) -> None:
    published = (FOLDER / f"{kind}.schema.json").read_text(encoding="utf-8")
    assert published == text_of_schema(kind), "run: handrail policies schema --write policies/schemas"


def test_a_rule_has_the_fields_that_the_loader_reads() -> None:
    rule = schema_of_kind("rules")["properties"]["rules"]["items"]
    assert set(rule["properties"]) == set(_RULE_FIELDS)
    assert all("description" in field for field in rule["properties"].values())


@pytest.mark.parametrize(
    ("change", "valid"),
    [
        ({}, True),
        ({"acton": "guide"}, False),
        ({"action": "guid"}, False),
        ({"obligations": ["lead_with_helplines:poison", "add_disclaimer:general_medical", "cite"]}, True),
        ({"obligations": ["lead_with_helplines"]}, False),
        ({"relaxable": "answer"}, True),
        ({"relaxable": {"to": "answer", "drop": ["cite"]}}, True),
        ({"effective_from": "soon"}, False),
        ({"effective_from": "2026-01-31"}, True),
        ({"id": "Bad Id"}, False),
    ],
)
def test_faults_of_form_are_found(change: dict[str, object], valid: bool) -> None:
    rule = {"id": "a.b", "description": "d", "when": "true", "action": "guide", "rationale": "crime", **change}
    assert jsonschema_rs.is_valid(schema_of_kind("rules"), {"rules": [rule]}) is valid


def test_schemas_can_be_written_elsewhere(tmp_path: Path) -> None:
    assert [path.name for path in write_schemas(tmp_path)] == [f"{kind}.schema.json" for kind in KINDS]
