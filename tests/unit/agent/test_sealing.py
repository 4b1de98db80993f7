"""Texts at rest: what is kept of them, who can open them, and what stands for what was taken out."""

from __future__ import annotations

import base64

import pytest

from agent.adapters.records_memory import MemorySubjectKeys
from agent.sealing import HELD_S, Sealed, Sealer, Secret, keep_of, signed_by
from policies.taxonomy import Action
from tests.unit.agent.builders import decision

SECRET = Secret(bytes(range(32)))
TEXT = "Write to ana@example.com or ana@example.com, not bo@example.com. 拒绝 🙂"
PERSON = {"tenant": "acme", "subject": "ana", "thread_id": "thread_1", "language": "en"}


async def seal(sealer: Sealer, keys: MemorySubjectKeys, text: str = TEXT, keep: str = "full", **changes: str) -> Sealed:
    found = await sealer.seal(text, keep, **{**PERSON, **changes})
    assert found is not None
    keys.keys |= {key.id: key for key in found.keys}
    sealer.stored(found.keys)
    return found.sealed


@pytest.fixture
def keys() -> MemorySubjectKeys:
    return MemorySubjectKeys()


@pytest.fixture
def sealer(keys: MemorySubjectKeys) -> Sealer:
    return Sealer(SECRET, keys)


async def test_a_sealed_text_is_opened_by_its_key_alone(sealer: Sealer, keys: MemorySubjectKeys):
    sealed = await seal(sealer, keys)
    assert "ana" not in sealed.model_dump_json()
    assert await sealer.unseal(sealed) == TEXT
    other = SECRET.new_key("acme", "x")
    assert SECRET.unseal(other, sealed.model_copy(update={"key": other.id})) is None


async def test_a_text_that_was_changed_does_not_open(sealer: Sealer, keys: MemorySubjectKeys):
    sealed = await seal(sealer, keys)
    data = bytearray(base64.b64decode(sealed.data))
    data[-1] ^= 1
    assert await sealer.unseal(sealed.model_copy(update={"data": base64.b64encode(bytes(data)).decode()})) is None


async def test_without_the_secret_of_the_installation_a_key_is_nothing(sealer: Sealer, keys: MemorySubjectKeys):
    sealed = await seal(sealer, keys)
    assert await Sealer(Secret(bytes(32)), keys).unseal(sealed) is None


async def test_nobody_opens_what_is_erased(sealer: Sealer, keys: MemorySubjectKeys):
    sealed = await seal(sealer, keys)
    await keys.destroy("acme", SECRET.pseudonym("acme", "ana"))
    sealer.forget("acme", SECRET.pseudonym("acme", "ana"))
    assert await sealer.unseal(sealed) is None
    again = await seal(sealer, keys, "back again")
    assert again.key != sealed.key
    assert await sealer.unseal(again) == "back again"


async def test_a_person_has_one_key_and_another_person_another(sealer: Sealer, keys: MemorySubjectKeys):
    first, second = await seal(sealer, keys), await seal(sealer, keys)
    bo, elsewhere = await seal(sealer, keys, subject="bo"), await seal(sealer, keys, tenant="other")
    assert first.key == second.key
    assert len({first.key, bo.key, elsewhere.key}) == 3
    assert first.data != second.data


async def test_another_process_finds_the_key_and_after_a_while_the_erasure(keys: MemorySubjectKeys):
    now = [0.0]
    one, two = Sealer(SECRET, keys), Sealer(SECRET, keys, lambda: now[0])
    assert (await seal(one, keys)).key == (old := (await seal(two, keys)).key)
    await keys.destroy("acme", SECRET.pseudonym("acme", "ana"))
    assert (await seal(two, keys)).key == old  # sealed with a key that nobody has: unreadable, which is the safe side
    now[0] += HELD_S
    assert (await seal(two, keys)).key != old


async def test_redaction_names_equal_data_alike_in_one_thread_only(sealer: Sealer, keys: MemorySubjectKeys):
    text = await sealer.unseal(await seal(sealer, keys, keep="redacted"))
    assert text is not None
    assert "example.com" not in text
    first, second, bo = [part[:14] for part in text.split("[email:")[1:]]
    assert first[:6] == second[:6] != bo[:6]
    elsewhere = sealer.redacted(TEXT, "thread_2", "en")
    assert elsewhere.split("[email:")[1][:6] != first[:6]


async def test_nothing_is_kept_where_nothing_may_be(sealer: Sealer, keys: MemorySubjectKeys):
    assert await sealer.seal(TEXT, "none", **PERSON) is None
    assert keys.keys == {}


@pytest.mark.parametrize(
    ("obligations", "keep"),
    [
        ((), "redacted"),
        (("log_full",), "full"),
        (("log_full", "log_redacted"), "redacted"),
        (("log_redacted", "log_none", "log_full"), "none"),
    ],
)
def test_the_strictest_obligation_counts(obligations: tuple[str, ...], keep: str):
    assert keep_of(decision(Action.ANSWER, *obligations), "redacted") == keep


def test_marks_are_recognised_with_the_public_key_and_no_other():
    mark = SECRET.mark("head", 7, "a" * 64)
    assert SECRET.signed(mark)
    assert signed_by(SECRET.public_key, mark)
    assert not signed_by(Secret(bytes(32)).public_key, mark)
    for change in (
        {"seq": 8},
        {"hash": "b" * 64},
        {"what": "anchor"},
        {"signature": "AAAA"},
        {"signature": "!"},
        {"key_id": "x"},
    ):
        assert not SECRET.signed(mark.model_copy(update=change))


def test_a_pseudonym_depends_on_the_tenant_and_cannot_be_shifted_between_the_two():
    assert SECRET.pseudonym("a", "b") == SECRET.pseudonym("a", "b")
    assert len({SECRET.pseudonym("a", "bc"), SECRET.pseudonym("ab", "c"), Secret(bytes(32)).pseudonym("a", "bc")}) == 3
