"""Which Handrail this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def package_version() -> str:
    """The installed version, or a word that says it was not installed."""
    try:
        return version("handrail")
    except PackageNotFoundError:
        return "0+source"
