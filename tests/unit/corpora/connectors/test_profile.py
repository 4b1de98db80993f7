"""Profiles of sources: the bundled ones, one of a deployment's own, and broken ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpora.connectors.profile import find_profile, load_profiles
from corpora.connectors.table import CONNECTORS
from corpora.errors import ProfileError
from tests.unit.corpora.connectors.conftest import a_profile

OWN = """\
name: intranet
connector: html
publisher: Our Safety Office
licence: internal
url: https://intranet.example.org/{path}
domain: medical
facets: [emergency]
"""


def test_every_bundled_source_has_a_connector_that_exists() -> None:
    profiles = load_profiles()
    assert len(profiles) > 20
    assert {profile.connector for profile in profiles.values()} <= set(CONNECTORS)


def test_what_attacks_in_a_bundled_source_is_named() -> None:
    profiles = load_profiles()
    for name, heading in (
        ("owasp-wstg", "How to Test"),
        ("owasp-llm-top10", "Example Attack Scenarios"),
        ("owasp-top10", "Escenarios de ejemplo"),
    ):
        pattern = profiles[name].headings
        assert pattern is not None
        assert pattern.search(heading)
        assert not pattern.search("Remediation")
    assert profiles["owasp-cheatsheets"].is_offensive("cheatsheets/XSS_Filter_Evasion_Cheat_Sheet.md")
    assert profiles["nist-800-63-draft"].stale
    assert profiles["nist-800-53"].leaves_out("json/NIST_SP-800-53_rev4_catalog-min.json")


def test_a_file_of_our_own_describes_a_source(tmp_path: Path) -> None:
    path = tmp_path / "intranet.yaml"
    path.write_text(OWN)
    assert find_profile(str(path)).publisher == "Our Safety Office"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("medical", "cooking", "field `domain`"),
        ("emergency", "cooking", "facet `cooking` is unknown"),
        ("licence: internal\n", "", "field `licence`: field required"),
        ("name: intranet", "nombre: intranet", "field `name`"),
        ("name: intranet", "name: [", "not YAML"),
        ("facets:", "offensive_headings: ['(']\nfacets:", "is no regular expression"),
    ],
)
def test_a_broken_profile_says_what_is_wrong(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "intranet.yaml"
    path.write_text(OWN.replace(old, new))
    with pytest.raises(ProfileError, match=message):
        find_profile(str(path))


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"source `owasp` is unknown.*owasp-cheatsheets"):
        find_profile("owasp")
    with pytest.raises(ProfileError, match="cannot be read"):
        find_profile(str(tmp_path / "none.yaml"))
    (tmp_path / "two.yaml").write_text(
        "- " + OWN.replace("\n", "\n  ").strip() + "\n- " + OWN.replace("\n", "\n  ").strip()
    )
    with pytest.raises(ProfileError, match="`intranet` is described twice"):
        load_profiles(tmp_path / "two.yaml")


def test_a_profile_says_what_of_a_folder_is_read() -> None:
    profile = a_profile(include=["docs/*"], exclude=["*draft*"], offensive_paths=["*evasion*"])
    assert profile.leaves_out("docs/a/b.md") == ""
    assert (
        profile.leaves_out("docs/draft.md") == profile.leaves_out("src/a.md") == "left out by the profile of the source"
    )
    assert profile.leaves_out("docs/README.md") == "a file about the project"
    assert (profile.is_offensive("docs/evasion.md"), profile.is_offensive("docs/a.md")) == (True, False)


def test_addresses_are_made_from_paths() -> None:
    assert a_profile(url="https://example.org/{stem}.html").url_of("a/b c.md") == "https://example.org/a/b%20c.html"
    assert a_profile(url="https://example.org/{name}").url_of("a/b.md") == "https://example.org/b"
