"""Endpoints and roles, from the environment and from a file."""

from __future__ import annotations

import pytest

from agent.endpoints import DEFAULT, GUARD, ROLES, Price, load_models
from agent.errors import SettingsError
from agent.settings import Settings

ONE = {"model": "openai", "model_name": "m-1", "model_base_url": "http://127.0.0.1:9/v1", "model_timeout_s": 7.0}
SHIELD = {"guard_url": "http://127.0.0.1:9/v1", "guard_model": "g-8b", "guard_timeout_s": 1.5}


@pytest.fixture
def loaded(tmp_path):
    def load(text, environ=None, **settings):
        file = tmp_path / "models.yaml"
        file.write_text(text, encoding="utf-8")
        return load_models(Settings.model_validate({**settings, "models_file": file}), environ or {})

    return load


def test_without_settings_no_role_is_played():
    assert load_models(Settings()).roles == {}


def test_one_variable_sets_the_model_that_answers_and_nothing_else():
    models = load_models(Settings.model_validate(ONE))
    assert models.roles == {"answer": (DEFAULT,)}
    (endpoint,) = models.of("answer").values()
    assert (endpoint.kind, endpoint.model, endpoint.timeout_s) == ("openai", "m-1", 7.0)
    assert models.of("judge") == {}


def test_the_same_model_words_guidance_where_that_is_set():
    assert load_models(Settings.model_validate({**ONE, "alternative": "model"})).roles["alternative"] == (DEFAULT,)


def test_the_guard_of_the_environment_is_asked_once():
    models = load_models(Settings.model_validate(SHIELD))
    (endpoint,) = models.of("guard").values()
    assert (endpoint.model, endpoint.format, endpoint.retries, endpoint.timeout_s) == ("g-8b", "llama_guard", 0, 1.5)
    assert models.roles == {"guard": (GUARD,)}


def test_a_role_of_the_file_overrides_that_of_the_environment_and_may_use_its_endpoint(loaded):
    models = loaded(
        "endpoints: {spare: {model: m-2, base_url: http://127.0.0.1:9/v1, retries: 0}}\n"
        "roles: {answer: [spare, default], judge: [default]}",
        **ONE,
    )
    assert list(models.of("answer")) == ["spare", DEFAULT]
    assert list(models.of("judge")) == [DEFAULT]
    assert (models.endpoints["spare"].model, models.endpoints["spare"].retries) == ("m-2", 0)


def test_a_key_is_read_from_the_variable_that_the_file_names_and_is_not_shown(loaded):
    text = "endpoints: {a: {kind: anthropic, model: m, api_key_env: MY_KEY}}\nroles: {answer: [a]}"
    models = loaded(text, {"MY_KEY": "sk-very-secret"})
    assert models.endpoints["a"].api_key.get_secret_value() == "sk-very-secret"
    assert "very-secret" not in repr(models)
    with pytest.raises(SettingsError, match=r"endpoints\.a\.api_key_env: the variable `MY_KEY` is not set"):
        loaded(text, {})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- 1", "expected `endpoints` and `roles`"),
        ("a: [", r"models\.yaml: is not YAML"),
        ("endpoints: {a: {kind: gpt, model: m}}", r"endpoints\.a\.kind: .*\(found `gpt`\)"),
        ("endpoints: {a: {model: m, colour: red}}", r"endpoints\.a\.colour"),
        ("endpoints: {a: {model: m, timeout_s: 0}}", r"endpoints\.a\.timeout_s: .*\(found `0`\)"),
        ("endpoints: {a: {model: m, base_url: localhost}}", r"endpoints\.a\.base_url"),
        ("endpoints: {a: {model: m, price: {input: -1, output: 1}}}", r"endpoints\.a\.price\.input"),
        ("endpoints: {a: {model: m, api_key: k, api_key_env: K}}", "keep one of them"),
        ("roles: {answers: [a]}", r"roles\.answers"),
        ("roles: {answer: [a]}", r"roles\.answer: no endpoint is called `a`; there are: none"),
        ("roles: {answer: []}", r"roles\.answer: expected at least one endpoint"),
        ("endpoints: {g: {model: m}}\nroles: {guard: [g]}", r"endpoints\.g: a guard needs"),
    ],
)
def test_a_file_that_cannot_work_is_an_error_that_says_where(loaded, text, problem):
    with pytest.raises(SettingsError, match=problem):
        loaded(text)


def test_a_secret_in_a_wrong_place_is_not_repeated(loaded):
    with pytest.raises(SettingsError) as caught:
        loaded("endpoints: {a: {model: m, api_key: [sk-very-secret]}}")
    assert "very-secret" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"HANDRAIL_MODELS_FILE.*nowhere\.yaml"):
        load_models(Settings(models_file=tmp_path / "nowhere.yaml"))


def test_what_is_set_twice_is_an_error(loaded):
    with pytest.raises(SettingsError, match=r"`default` is set by the environment too \(HANDRAIL_MODEL\)"):
        loaded("endpoints: {default: {model: m}}", **ONE)
    shield = "endpoints: {g: {model: m, base_url: http://x, format: llama_guard}}\nroles: {guard: [g]}"
    with pytest.raises(SettingsError, match="keep one of them"):
        loaded(shield, **SHIELD)
    assert list(loaded(shield).of("guard")) == ["g"]


def test_guidance_in_the_words_of_a_model_needs_one():
    with pytest.raises(SettingsError, match="HANDRAIL_ALTERNATIVE is `model`, but no model is set"):
        load_models(Settings(alternative="model"))


def test_a_transcription_model_needs_an_address(loaded):
    with pytest.raises(SettingsError, match="transcription needs"):
        loaded("endpoints: {ears: {model: w, kind: ollama}}\nroles: {transcription: [ears]}")


def test_a_price_is_that_of_a_million_tokens():
    assert Price(input=3.0, output=15.0).of(1_000, 200) == 0.006


def test_every_role_is_described():
    assert set(ROLES) == {"answer", "alternative", "guard", "judge", "vision", "transcription"}
