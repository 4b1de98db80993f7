"""Who asks, and where Handrail had to fall back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.adapters.records_memory import MemoryRecords
from agent.audit import Entry, Record, SubjectKey
from agent.context import DEFAULT_LOCALE, resolve
from agent.models import RequestContext
from policies.taxonomy import LANGUAGES
from tests.unit.agent.builders import POLICIES, context


@pytest.mark.parametrize(
    ("language", "locale", "jurisdiction"),
    [
        ("en", "en-US", "US"),
        ("es", "es", "ES"),
        ("zh", "zh-CN", "CN"),
        ("ar", "ar", "SA"),
        ("und", "en-US", "US"),
        ("de", "en-US", "US"),
    ],
)
def test_without_a_locale_the_language_of_the_message_counts(language, locale, jurisdiction):
    facts = resolve(RequestContext(), language, POLICIES).facts
    assert (facts.locale, facts.jurisdiction) == (locale, jurisdiction)
    assert facts.language == (language if language in LANGUAGES else "en")


@pytest.mark.parametrize(
    ("asked", "found", "place", "told"),
    [
        ("en-GB", "en-GB", "GB", False),
        ("EN_gb", "en-GB", "GB", False),
        ("es-AR", "es", "AR", True),
        ("es_ar", "es", "AR", True),
        ("es-419", "es", "ANY", True),
        ("en-001", "en", "ANY", True),
        ("en-UK", "en", "GB", True),
        ("es_AR.UTF-8", "es", "AR", True),
        ("es-AR,es;q=0.9", "es", "AR", True),
        (" en-AU ", "en", "AU", True),
        (" en-GB ", "en-GB", "GB", False),
        ("en-u-ca-gregory", "en", "US", True),
        ("en-x-us", "en", "US", True),
        ("zh-Hant-TW", "zh", "TW", True),
        ("zh-Hant", "zh", "CN", True),
        ("ca-ES-valencia", "en-US", "ES", True),
        ("xx", "en-US", "US", True),
        ("", "en-US", "US", True),
    ],
)
def test_a_locale_falls_back_to_its_language_and_then_to_that_of_the_message(asked, found, place, told):
    resolved = resolve(RequestContext(locale=asked), "en", POLICIES)
    assert (resolved.facts.locale, resolved.facts.jurisdiction) == (found, place)
    assert [notice.code for notice in resolved.notices] == (["unknown_locale"] if told else [])


def test_the_reply_is_in_the_language_of_the_message_not_of_the_locale():
    facts = resolve(RequestContext(locale="en-GB"), "es", POLICIES).facts
    assert (facts.language, facts.jurisdiction) == ("es", "GB")
    assert resolve(RequestContext(locale="es-MX"), "und", POLICIES).facts.language == "es"


def test_a_role_brings_its_audience():
    assert resolve(RequestContext(role="clinician"), "en", POLICIES).facts.audience == "professional"
    unknown = resolve(RequestContext(role="wizard", audience="elves"), "en", POLICIES)
    assert (unknown.facts.role, unknown.facts.audience) == ("public", "public")
    assert [n.code for n in unknown.notices] == ["unknown_role", "unknown_audience"]
    assert all("`wizard`" in n.detail or "`elves`" in n.detail for n in unknown.notices)


def test_an_unknown_jurisdiction_is_kept_and_told():
    resolved = resolve(RequestContext(jurisdiction="fr"), "en", POLICIES)
    assert resolved.facts.jurisdiction == "FR"
    assert [n.code for n in resolved.notices] == ["unknown_jurisdiction"]
    assert resolve(RequestContext(jurisdiction="mx"), "en", POLICIES).notices == ()


def test_a_jurisdiction_that_is_said_counts_for_more_than_the_region_of_the_locale():
    assert resolve(RequestContext(locale="en-AU", jurisdiction="gb"), "en", POLICIES).facts.jurisdiction == "GB"


def test_every_default_locale_is_known():
    assert set(DEFAULT_LOCALE.values()) <= set(POLICIES.locales)
    assert set(DEFAULT_LOCALE) == set(LANGUAGES)


SHORT = st.none() | st.text(max_size=8) | st.sampled_from(["en-US", "student", "minor", "MX"])


@given(
    st.builds(RequestContext, role=SHORT, audience=SHORT, locale=SHORT, jurisdiction=SHORT),
    st.sampled_from([*LANGUAGES, "und"]),
)
def test_whatever_is_asserted_the_facts_are_known_ones(asserted, language):
    facts = resolve(asserted, language, POLICIES).facts
    assert facts.role in POLICIES.roles
    assert facts.locale in POLICIES.locales
    assert facts.audience in POLICIES.audiences
    assert facts.language in LANGUAGES


class SlowRecords(MemoryRecords):
    """Takes a moment to write."""

    async def append(self, entry: Entry, keys: Sequence[SubjectKey] = ()) -> Record:
        await asyncio.sleep(0.02)
        return await super().append(entry, keys)


async def test_cancelling_a_turn_does_not_tear_a_record():
    records = SlowRecords()
    writing = asyncio.create_task(context(records=records).record("decision", "default", {}))
    await asyncio.sleep(0.01)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await asyncio.sleep(0.05)
    assert [(record.kind, record.turn_id) for record in records.records] == [("decision", "turn_1")]


@pytest.mark.parametrize(
    ("provenance", "role", "told"),
    [
        (None, "clinician", False),
        ("frontend", "clinician", False),
        ("verified", "clinician", False),
        ("user", "public", True),
    ],
)
def test_a_profession_counts_only_when_somebody_vouches_for_it(provenance, role, told):
    resolved = resolve(RequestContext(role="clinician", role_provenance=provenance), "en", POLICIES)
    assert resolved.facts.role == role
    assert [notice.code for notice in resolved.notices] == (["role_not_vouched"] if told else [])
    if told:
        assert resolved.notices[0].detail == (
            "role `clinician` asserted by `user` counts only when asserted by `frontend` or `verified`; `public` is used"
        )


def test_what_makes_a_role_stricter_may_be_said_by_anybody():
    facts = resolve(RequestContext(role="minor", role_provenance="user"), "en", POLICIES).facts
    assert (facts.role, facts.audience, facts.role_provenance) == ("minor", "minor", "user")


def test_an_audience_that_the_person_claims_opens_nothing():
    facts = resolve(RequestContext(audience="professional", role_provenance="user"), "en", POLICIES).facts
    assert facts.audience == "public"


@pytest.mark.parametrize(("age", "role"), [(17, "minor"), (18, "clinician"), (None, "clinician")])
def test_people_under_the_age_of_majority_are_minors_whatever_role_is_asserted(age, role):
    facts = resolve(RequestContext(age=age, role="clinician", audience="professional"), "en", POLICIES).facts
    assert facts.role == role
    assert facts.audience == ("minor" if role == "minor" else "professional")
