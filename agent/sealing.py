"""Texts of people at rest: redacted or whole, and encrypted with a key of their own.

One secret of the installation gives every other key (HKDF): the one that encrypts persons' keys, the one that makes
pseudonyms and placeholders, and the one that signs marks. Erasing a person is destroying their key: the sealed text stays where
it is, so the chain still verifies, and nobody can read it.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final, Literal, NamedTuple

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from agent.audit import Mark, Record, SubjectKey
from agent.errors import RecordsUnavailable
from agent.models import Frozen, PiiSpan
from agent.perception.pii import find, redact
from agent.ports import SubjectKeys
from policies.models import Decision

Keep = Literal["none", "redacted", "full"]
"""What of a text is kept."""

NONCE_BYTES: Final = 12
MAX_HELD: Final = 10_000
HELD_S: Final = 600.0
"""A key is looked up again after this long, so that another process's erasure is noticed."""
INLINE_CHARS: Final = 600
"""In longer texts personal data is looked for in a worker thread."""
_OBLIGATION: Final[dict[str, Keep]] = {"log_none": "none", "log_redacted": "redacted", "log_full": "full"}
"""Strictest first."""


class Sealed(Frozen):
    """A text that only its key opens."""

    how: Literal["redacted", "full"]
    key: str
    data: str
    """Base64 of nonce and AES-256-GCM ciphertext."""


class SealedText(NamedTuple):
    """A sealed text, and its key where the key is new and must be stored with it."""

    sealed: Sealed
    keys: tuple[SubjectKey, ...]


class Secret:
    """The secret of the installation, and what is derived from it. Implements ``agent.audit.Signer``."""

    def __init__(self, master: bytes) -> None:
        self._wrapping = AESGCM(_derived(master, b"wrap"))
        self._hashing = _derived(master, b"hash")
        self._signing = Ed25519PrivateKey.from_private_bytes(_derived(master, b"sign"))
        self.public_key = self._signing.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = key_id_of(self.public_key)

    def pseudonym(self, tenant: str, subject: str) -> str:
        """What stands for the person in records: 32 hex digits, the same for the same person of the same tenant."""
        return self._hash(f"subject\0{tenant}\0{subject}")[:32]

    def placeholder(self, thread_id: str, kind: str, value: str) -> str:
        """What stands for a piece of personal data: the same for the same value in one thread, and only there."""
        return f"[{kind}:{self._hash(f'placeholder{chr(0)}{thread_id}{chr(0)}{value}')[:6]}]"

    def answer_id(self, name: str) -> str:
        """Under which the answer to a request of this name is kept: 64 hex digits that tell nothing of the name."""
        return self._hash(f"answer id\0{name}")

    def seal_answer(self, name: str, answer: bytes) -> str:
        """The answer, which only who knows the name of the request opens, and only in this installation."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return _text(nonce + self._answer_key(name).encrypt(nonce, answer, None))

    def unseal_answer(self, name: str, sealed: str) -> bytes | None:
        """The answer; ``None`` when it was changed or sealed in another installation."""
        data = base64.b64decode(sealed)
        try:
            return self._answer_key(name).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], None)
        except InvalidTag:
            return None

    def new_key(self, tenant: str, pseudonym: str) -> SubjectKey:
        """A key for this person's texts."""
        key_id = secrets.token_hex(16)
        nonce = secrets.token_bytes(NONCE_BYTES)
        wrapped = nonce + self._wrapping.encrypt(nonce, AESGCM.generate_key(256), key_id.encode())
        return SubjectKey(id=key_id, tenant=tenant, subject=pseudonym, wrapped=_text(wrapped))

    def seal(self, key: SubjectKey, how: Literal["redacted", "full"], text: str) -> Sealed:
        """The text, which only this key opens."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        data = nonce + self._opened(key).encrypt(nonce, text.encode(), key.id.encode())
        return Sealed(how=how, key=key.id, data=_text(data))

    def unseal(self, key: SubjectKey, sealed: Sealed) -> str | None:
        """The text; ``None`` when it was changed, is not of this key, or the key not of this installation."""
        data = base64.b64decode(sealed.data)
        try:
            return self._opened(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], key.id.encode()).decode()
        except InvalidTag:
            return None

    def mark(self, what: Literal["head", "anchor", "checkpoint"], seq: int, record_hash: str) -> Mark:
        """See ``agent.audit.Signer``."""
        signature = self._signing.sign(_statement(what, seq, record_hash))
        return Mark(what=what, seq=seq, hash=record_hash, key_id=self.key_id, signature=_text(signature))

    def signed(self, mark: Mark) -> bool:
        """See ``agent.audit.Signer``."""
        return signed_by(self.public_key, mark)

    def _opened(self, key: SubjectKey) -> AESGCM:
        wrapped = base64.b64decode(key.wrapped)
        return AESGCM(self._wrapping.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], key.id.encode()))

    def _answer_key(self, name: str) -> AESGCM:
        return AESGCM(bytes.fromhex(self._hash(f"answer key\0{name}")))

    def _hash(self, text: str) -> str:
        return hmac.digest(self._hashing, text.encode(), "sha256").hex()


def signed_by(public_key: bytes, mark: Mark) -> bool:
    """True when the holder of this raw Ed25519 key made the mark. All that a third party needs."""
    try:
        signature = base64.b64decode(mark.signature, validate=True)
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _statement(mark.what, mark.seq, mark.hash))
    except (InvalidSignature, ValueError):
        return False
    return mark.key_id == key_id_of(public_key)


def key_id_of(public_key: bytes) -> str:
    """The name of a signing key: 16 hex digits of its hash."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def keep_of(decision: Decision, default: Keep) -> Keep:
    """What of the texts of a turn is kept: the strictest of what the decision asks for, else the default."""
    return next((keep for name, keep in _OBLIGATION.items() if decision.has(name)), default)


class Sealer:
    """Seals the texts of people, each with a key of their own."""

    def __init__(self, secret: Secret, keys: SubjectKeys, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.secret = secret
        self._keys = keys
        self._monotonic = monotonic
        self._held: OrderedDict[tuple[str, str], tuple[float, SubjectKey]] = OrderedDict()

    async def seal(
        self, text: str, keep: Keep, *, tenant: str, subject: str, thread_id: str, language: str, new: bool = False
    ) -> SealedText | None:
        """The text as it may be kept; ``None`` for nothing. ``new`` says that the person cannot have a key yet. The keys in
        the result must be stored with the text, and ``stored`` called then.

        Raises:
            RecordsUnavailable: the keys cannot be reached.
        """
        if keep == "none":
            return None
        key, is_new = await self._key(tenant, self.secret.pseudonym(tenant, subject), new)
        if keep == "redacted":
            long = len(text) > INLINE_CHARS
            text = self.redacted(
                text, thread_id, language, await asyncio.to_thread(find, text, language) if long else None
            )
        return SealedText(self.secret.seal(key, keep, text), (key,) if is_new else ())

    def stored(self, keys: Iterable[SubjectKey]) -> None:
        """These keys are in the database now and will be used again."""
        for key in keys:
            self._hold(key)

    async def seal_for(self, tenant: str, pseudonym: str, text: str) -> Sealed:
        """A text about a person who has a key already, whole.

        Raises:
            RecordsUnavailable: the keys cannot be reached, or the person has none (any more).
        """
        sealed = await self.seal_if_known(tenant, pseudonym, text, "full")
        if sealed is None:
            raise RecordsUnavailable("the person of this case was erased, so nothing about them is kept any more")
        return sealed

    async def seal_if_known(
        self, tenant: str, pseudonym: str, text: str, how: Literal["redacted", "full"]
    ) -> Sealed | None:
        """A text about a person who has a key already; ``None`` where there is none, or none any more. ``how`` says what was
        done to the text. Raises ``RecordsUnavailable``."""
        key, is_new = await self._key(tenant, pseudonym, new=False)
        return None if is_new else self.secret.seal(key, how, text)

    async def unseal(self, sealed: Sealed) -> str | None:
        """The text; ``None`` once its person was erased. Raises ``RecordsUnavailable``."""
        key = await self._keys.get(sealed.key)
        return None if key is None else self.secret.unseal(key, sealed)

    async def opened(self, record: Record) -> Record:
        """The record with its sealed text in the open, empty where its person was erased. Raises ``RecordsUnavailable``."""
        sealed = record.body.get("text")
        if not isinstance(sealed, dict):
            return record
        text = await self.unseal(Sealed.model_validate(sealed))
        return record.model_copy(update={"body": {**record.body, "text": text or ""}})

    def redacted(self, text: str, thread_id: str, language: str, spans: Iterable[PiiSpan] | None = None) -> str:
        """The text with placeholders for personal data, equal ones for equal data of one thread."""
        found = tuple(find(text, language) if spans is None else spans)
        named = [
            span.model_copy(
                update={"kind": self.secret.placeholder(thread_id, span.kind, text[span.start : span.end])[1:-1]}
            )
            for span in found
        ]
        return redact(text, named)

    def forget(self, tenant: str, pseudonym: str) -> None:
        """This process holds no key of the person any more."""
        self._held.pop((tenant, pseudonym), None)

    async def _key(self, tenant: str, pseudonym: str, new: bool) -> tuple[SubjectKey, bool]:
        since, held = self._held.get((tenant, pseudonym), (0.0, None))
        if held is not None and self._monotonic() - since < HELD_S:
            return held, False
        found = None if new else await self._keys.find(tenant, pseudonym)
        if found is None:
            return self.secret.new_key(tenant, pseudonym), True
        self._hold(found)
        return found, False

    def _hold(self, key: SubjectKey) -> None:
        self._held[key.tenant, key.subject] = (self._monotonic(), key)
        if len(self._held) > MAX_HELD:
            self._held.popitem(last=False)


def _derived(master: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"handrail " + purpose).derive(master)


def _statement(what: str, seq: int, record_hash: str) -> bytes:
    return f"handrail {what}\n{seq}\n{record_hash}".encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
