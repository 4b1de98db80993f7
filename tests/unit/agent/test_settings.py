"""Settings from the environment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.errors import SettingsError
from agent.settings import PREFIX, Settings


def test_the_defaults_need_nothing():
    settings = Settings.from_env({})
    assert (settings.host, settings.port, settings.model, settings.data_dir) == ("127.0.0.1", 8000, "none", Path("var"))


def test_variables_are_read_and_arguments_win():
    env = {"HANDRAIL_PORT": "9000", "HANDRAIL_DATA_DIR": "/srv/x", "HANDRAIL_MODEL": "", "PATH": "/bin"}
    settings = Settings.from_env(env, port=9001, host=None)
    assert (settings.port, settings.data_dir, settings.model, settings.host) == (
        9001,
        Path("/srv/x"),
        "none",
        "127.0.0.1",
    )


def test_a_typo_is_an_error_that_names_the_known_ones():
    with pytest.raises(SettingsError, match=r"unknown setting `HANDRAIL_PROT`; known: .*HANDRAIL_PORT"):
        Settings.from_env({"HANDRAIL_PROT": "1"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("MODEL", "gpt"),
        ("LOG_LEVEL", "loud"),
        ("TURN_TIMEOUT_S", "0"),
        ("MAX_INPUT_CHARS", "-1"),
    ],
)
def test_a_wrong_value_is_an_error_that_names_it(name, value):
    with pytest.raises(SettingsError, match=f"`{PREFIX}{name}` has value `{value}`"):
        Settings.from_env({PREFIX + name: value})


def test_an_unknown_override_is_an_error():
    with pytest.raises(SettingsError, match="HANDRAIL_COLOUR"):
        Settings.from_env({}, colour="red")


def test_secrets_are_never_shown():
    settings = Settings.from_env({"HANDRAIL_MODEL_API_KEY": "sk-very-secret", "HANDRAIL_QDRANT_API_KEY": "q-secret"})
    shown = f"{settings!r}{settings.public()}"
    assert "very-secret" not in shown
    assert "q-secret" not in shown
    assert settings.public()["model_api_key"] == "***"
    assert settings.model_api_key.get_secret_value() == "sk-very-secret"


def test_the_variable_of_the_tests_is_no_setting():
    assert Settings.from_env({"HANDRAIL_REQUIRE_SERVICES": "1"}) == Settings()


@pytest.mark.parametrize("name", ["QDRANT_URL", "OTLP_ENDPOINT", "MODEL_BASE_URL", "OIDC_ISSUER"])
def test_a_password_inside_an_address_is_shown_nowhere(name):
    given = {f"HANDRAIL_{name}": "https://me:hunter2@there.example/v1?a=b@c", "HANDRAIL_OIDC_AUDIENCE": "handrail"}
    settings = Settings.from_env(given)
    assert settings.public()[name.lower()] == "https://***@there.example/v1?a=b@c"
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"HANDRAIL_GUARD_MODEL": "m", "HANDRAIL_GUARD_URL": "ftp://me:hunter2@there"})
    assert "hunter2" not in str(caught.value)


SECRET = "whsec_" + "c2VjcmV0" * 4


def test_webhooks_are_read_and_their_secrets_are_shown_nowhere():
    hook = {"url": "https://app.example/hook", "secret": SECRET}
    found = Settings.from_env({"HANDRAIL_WEBHOOKS": json.dumps({"acme": hook})})
    assert found.webhooks["acme"].key() == b"secret" * 4
    assert "c2VjcmV0" not in repr(found.public())


@pytest.mark.parametrize(
    ("hook", "words"),
    [
        ({"url": "http://app.example/hook", "secret": SECRET}, "without TLS for `acme`"),
        ({"url": "ftp://app.example", "secret": SECRET}, "at `acme.url`"),
        ({"url": "https://me:pw@app.example", "secret": SECRET}, "without a user"),
        ({"url": "https://münchen.example/hook", "secret": SECRET}, "`xn--...`"),
        ({"url": "https://app.example/a b", "secret": SECRET}, "at `acme.url`"),
        ({"url": "https://app.example/\n", "secret": SECRET}, "at `acme.url`"),
        ({"url": "https://app.example:99999/", "secret": SECRET}, "at `acme.url`"),
        ({"url": "https://app.example", "secret": "my-own-secret"}, "whsec_"),
        ({"url": "https://app.example", "secret": "whsec_c2hvcnQ="}, "24 to 64 random bytes"),
        ({"url": "https://app.example"}, "at `acme.secret`"),
    ],
)
def test_webhooks_that_cannot_be_used_are_named_without_their_secret(hook, words):
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"HANDRAIL_WEBHOOKS": json.dumps({"acme": hook})})
    assert words in str(caught.value)
    assert "my-own" not in str(caught.value)
