"""The review rules as data: ``review_rules.yaml``, or a file of the deployment's own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import yaml
from pydantic import ValidationError

from corpora.errors import ReviewRulesError
from corpora.lifecycle import ReviewRules
from corpora.vocabulary import DEFAULT_VOCABULARY

BUNDLED_RULES: Final = Path(__file__).parent / "review_rules.yaml"


def load_review_rules(path: Path = BUNDLED_RULES) -> ReviewRules:
    """The rules in ``path``. Raises ``ReviewRulesError`` with the field at fault."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReviewRulesError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ReviewRulesError(f"{path}: not YAML: {str(error).splitlines()[0]}") from error
    try:
        rules = ReviewRules.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "file"
        raise ReviewRulesError(f"{path}: field `{field}`: {first['msg'].lower()}") from error
    for domain in rules.domains:
        if domain not in DEFAULT_VOCABULARY.domains:
            known = ", ".join(DEFAULT_VOCABULARY.domains)
            raise ReviewRulesError(f"{path}: domain `{domain}` is unknown; expected one of {known}")
    for rule in (rules.default, *rules.domains.values()):
        for role in rule.of_role:
            if role not in rules.reviewer_roles:
                raise ReviewRulesError(f"{path}: role `{role}` is asked for but is not in `reviewer_roles`; add it")
    return rules
