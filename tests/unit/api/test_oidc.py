"""Tokens of an identity provider: the good one, and every way to be a bad one."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from agent.access import Scope
from agent.settings import Settings
from api.oidc import FRESH_S, RETRY_S, OidcVerifier, oidc_verifier
from api.problems import Problem

ISSUER = "https://id.example"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())


def jwk(key: Any, kid: str | None = "k1") -> dict[str, Any]:
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), "use": "sig"} | ({"kid": kid} if kid else {})


class Provider:
    """What the provider publishes; ``down`` makes it unreachable."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        self.keys = list(keys)
        self.down = False
        self.asked: list[str] = []
        self.time = 0.0

    async def fetch(self, url: str) -> Any:
        self.asked.append(url)
        if self.down:
            raise OSError("refused")
        if url.endswith("openid-configuration"):
            return {"jwks_uri": f"{ISSUER}/keys"}
        return {"keys": self.keys}

    def verifier(self, **changes: Any) -> OidcVerifier:
        values = {"oidc_issuer": ISSUER, "oidc_audience": "handrail", "oidc_roles": {"doctors": "clinician"}, **changes}
        return OidcVerifier(Settings.model_validate(values), self.fetch, lambda: self.time)


def token(key: Any = KEY, algorithm: str = "RS256", kid: str | None = "k1", **claims: Any) -> str:
    now = int(time.time())
    values = {"iss": ISSUER, "aud": "handrail", "sub": "ana", "exp": now + 60, "iat": now, "tenant": "acme", **claims}
    values = {name: value for name, value in values.items() if value is not None}
    return jwt.encode(values, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


def unsigned(**header: Any) -> str:
    parts = [
        {"typ": "JWT", **header},
        {"iss": ISSUER, "aud": "handrail", "sub": "ana", "exp": int(time.time()) + 60, "tenant": "acme"},
    ]
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."


async def refusal(verifier: OidcVerifier, presented: str) -> Problem:
    with pytest.raises(Problem) as caught:
        await verifier.verify(presented)
    return caught.value


async def test_a_token_brings_tenant_scopes_role_and_subject() -> None:
    caller = (
        await Provider(jwk(KEY))
        .verifier()
        .verify(token(scope="openid chat handrail:review", roles=["staff", "doctors"]))
    )
    assert (caller.tenant, caller.role, caller.subject, caller.name) == ("acme", "clinician", "ana", "oidc:ana")
    assert caller.scopes == {Scope.CHAT, Scope.REVIEW}


async def test_other_curves_and_nested_claims_are_taken() -> None:
    verifier = Provider(jwk(CURVE)).verifier(oidc_role_claim="realm.roles", oidc_scope_claim="scp")
    caller = await verifier.verify(token(CURVE, "ES256", realm={"roles": ["doctors"]}, scp=["chat"]))
    assert (caller.role, caller.scopes) == ("clinician", {Scope.CHAT})


@pytest.mark.parametrize(
    ("presented", "words"),
    [
        (lambda: "nonsense", "neither a key"),
        (lambda: "a.b.c", "neither a key"),
        (lambda: token()[:-4] + "AAAA", "not signed by the provider"),
        (lambda: token(STRANGER), "not signed by the provider"),
        (lambda: token(kid="k2"), "`k2`, which the provider does not publish"),
        (lambda: unsigned(alg="none", kid="k1"), "`none`; accepted: RS256"),
        (lambda: unsigned(kid="k1"), "`None`; accepted: RS256"),
        (lambda: unsigned(alg="RS256", kid="k1"), "not signed by the provider"),
        (lambda: unsigned(alg=["RS256"], kid={"a": 1}), "neither a key"),
        (lambda: token("x" * 40, "HS256"), "`HS256`; accepted: RS256"),
        (lambda: token(exp=int(time.time()) - 31), "has expired"),
        (lambda: token(nbf=int(time.time()) + 90), "not valid yet; check the clocks"),
        (lambda: token(aud="another"), "its `aud` is not `handrail`"),
        (lambda: token(aud=None), "lacks the claim `aud`"),
        (lambda: token(iss="https://evil.example"), f"not of the issuer `{ISSUER}`"),
        (lambda: token(exp=None), "lacks the claim `exp`"),
        (lambda: token(sub=None), "lacks the claim `sub`"),
        (lambda: token(tenant=None), "lacks the claim `tenant`"),
        (lambda: token(tenant="*"), "cannot be one"),
        (lambda: token(tenant="a/b"), "cannot be one"),
        (lambda: token(tenant=["acme"]), "cannot be one"),
        (lambda: token(sub="a\nERROR forged"), "cannot stand on record"),
        (lambda: token(sub=""), "cannot stand on record"),
        (lambda: token(exp=float("inf")), "not signed by the provider"),
        (lambda: token(exp="soon"), "not signed by the provider"),
        (lambda: token(iat=int(time.time()) + 90), "not valid yet; check the clocks"),
    ],
)
async def test_bad_tokens_are_refused_with_the_reason(presented: Callable[[], str], words: str) -> None:
    found = await refusal(Provider(jwk(KEY)).verifier(), presented())
    assert found.status == 401
    assert words in found.detail


async def test_a_public_key_is_no_secret() -> None:
    """The signature that a verifier which trusts ``alg`` would take: HMAC with the public key."""
    import hashlib
    import hmac

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = unsigned(alg="HS256", kid="k1").rstrip(".")
    signature = base64.urlsafe_b64encode(hmac.new(pem, head.encode(), hashlib.sha256).digest()).decode().rstrip("=")
    assert "`HS256`" in (await refusal(Provider(jwk(KEY)).verifier(), f"{head}.{signature}")).detail


async def test_clocks_may_be_a_little_apart() -> None:
    verifier = Provider(jwk(KEY)).verifier()
    now = int(time.time())
    assert (await verifier.verify(token(exp=now - 20))).subject == "ana"
    assert (await verifier.verify(token(nbf=now + 20))).subject == "ana"


async def test_tokens_without_a_tenant_may_have_one_by_setting() -> None:
    assert (await Provider(jwk(KEY)).verifier(oidc_tenant="acme").verify(token(tenant=None))).tenant == "acme"


async def test_a_new_key_of_the_provider_is_found_but_not_asked_for_all_the_time() -> None:
    provider = Provider(jwk(KEY))
    verifier = provider.verifier(oidc_jwks_url=f"{ISSUER}/keys")
    await verifier.verify(token())
    provider.keys.append(jwk(STRANGER, "k2"))
    await refusal(verifier, token(STRANGER, kid="k2"))
    assert len(provider.asked) == 1
    provider.time += RETRY_S + 1
    assert (await verifier.verify(token(STRANGER, kid="k2"))).subject == "ana"
    assert len(provider.asked) == 2


async def test_known_keys_stay_good_while_the_provider_is_away_and_without_any_it_is_said() -> None:
    provider = Provider(jwk(KEY))
    verifier = provider.verifier()
    await verifier.verify(token())
    provider.down = True
    provider.time += FRESH_S + 1
    assert (await verifier.verify(token())).subject == "ana"
    found = await refusal(provider.verifier(), token())
    assert (found.status, found.code) == (503, "identity_provider_unavailable")


async def test_an_only_key_without_an_id_is_the_one() -> None:
    assert (await Provider(jwk(KEY, None)).verifier().verify(token(kid=None))).subject == "ana"


async def test_without_an_issuer_there_is_no_verifier() -> None:
    async with oidc_verifier(Settings()) as none:
        assert none is None
    async with oidc_verifier(Settings(oidc_issuer="http://127.0.0.1:9", oidc_audience="a")) as verifier:
        assert verifier is not None
        assert (await refusal(verifier, token())).status == 503
