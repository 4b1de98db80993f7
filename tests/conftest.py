"""Shared by every test: a clean environment, no network beyond this machine, and services that may be missing."""

from __future__ import annotations

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read when the hub is first imported

import logging
import socket
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from agent.settings import Settings

settings.register_profile("handrail", deadline=None, max_examples=100)  # machines differ, and CI shares its cores
settings.load_profile("handrail")

KEPT = ("HANDRAIL_REQUIRE_SERVICES", "HANDRAIL_TEST_MODELS", "HANDRAIL_TEST_POSTGRES")
LOCAL = ("127.0.0.1", "::1", "localhost")


class NetworkForbidden(RuntimeError):
    """A test tried to reach another machine."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long the tests go on that could go on for ever; a release asks for more than the suite does."""
    parser.addoption("--kills", type=int, default=1, help="times that a process is killed under load, on each database")
    parser.addoption("--examples", type=int, default=1, help="made-up requests for each operation of the API")
    parser.addoption("--operations", default="/", help="how the paths of the operations begin that these are made for")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the developer's shell reaches a test, and no model call is traced anywhere."""
    for name in list(os.environ):
        if name.startswith("HANDRAIL_") and name not in KEPT:
            monkeypatch.delenv(name)
    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _levels_of_loggers() -> Iterator[None]:
    """A command run inside a test sets the levels of loggers; the next test finds them as they were."""
    before = {name: logger.level for name, logger in _loggers()}
    yield
    for name, logger in _loggers():
        if logger.level != before.get(name, logging.NOTSET):
            logger.setLevel(before.get(name, logging.NOTSET))


def _loggers() -> list[tuple[str, logging.Logger]]:
    known = logging.root.manager.loggerDict.items()
    return [("", logging.root), *((name, logger) for name, logger in known if isinstance(logger, logging.Logger))]


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Connections leave this machine for no test: what calls a hub or a model endpoint fails with its address."""
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex"):
        patch.setattr(socket.socket, name, _local_only(getattr(socket.socket, name)))
    patch.setattr(socket, "getaddrinfo", _local_names_only(socket.getaddrinfo))
    yield
    patch.undo()


def _local_only(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX and address[0] not in LOCAL:
            raise NetworkForbidden(f"connection to `{address}`; tests reach 127.0.0.1 only")
        return connect(self, address)

    return guarded


def _local_names_only(getaddrinfo: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in (*LOCAL, None, "0.0.0.0", ""):
            raise NetworkForbidden(f"look-up of `{name}`; tests reach 127.0.0.1 only")
        return getaddrinfo(host, *args, **kwargs)

    return guarded


@pytest.fixture
def require_service() -> Callable[[str, bool], None]:
    """``require_service(name, available)``: skips where the service is missing, fails where it is required.

    For tests marked ``service``; ``HANDRAIL_REQUIRE_SERVICES=1`` makes a missing service a failure, as in CI.
    """

    def require(name: str, available: bool) -> None:
        if available:
            return
        if os.environ.get("HANDRAIL_REQUIRE_SERVICES") == "1":
            pytest.fail(f"service `{name}` is missing and HANDRAIL_REQUIRE_SERVICES=1")
        pytest.skip(f"service `{name}` is missing")

    return require


@pytest.fixture
def postgres_url(require_service: Callable[[str, bool], None]) -> Iterator[str]:
    """A PostgreSQL with an empty schema of its own, which is dropped afterwards. ``HANDRAIL_TEST_POSTGRES`` names another
    server than the local one."""
    import psycopg

    base = os.environ.get("HANDRAIL_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/test")
    try:
        connection = psycopg.connect(base, autocommit=True, connect_timeout=2)
    except psycopg.OperationalError:
        require_service("postgresql", False)
        raise
    schema = f"handrail_{uuid.uuid4().hex[:12]}"
    with connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        try:
            yield f"{base}?options=-csearch_path%3D{schema}"
        finally:
            connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.service)])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of an empty database, on SQLite and on PostgreSQL."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    return Settings.model_validate({"data_dir": tmp_path / "state", "database_url": url})


@pytest.fixture(scope="session")
def model_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where models are exported: ``HANDRAIL_TEST_MODELS`` keeps them between runs."""
    kept = os.environ.get("HANDRAIL_TEST_MODELS")
    return Path(kept) if kept else tmp_path_factory.mktemp("models")
