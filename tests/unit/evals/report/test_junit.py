from __future__ import annotations

from xml.etree import ElementTree as Xml

from evals.gate import Fault
from evals.outcomes import failed
from evals.report.junit import junit
from evals.report.summary import Extras, summarise
from tests.unit.evals.made import outcome, run_of, scenario


def test_scenarios_are_test_cases_and_the_gate_is_a_suite():
    run = run_of(
        outcome("a"), outcome("b", "refuse", turns=("bell \x07 & <x>",)), failed(scenario("c", domain="crisis"), "down")
    )
    root = Xml.fromstring(junit(summarise(run, Extras(faults=[Fault("harm", "everything")]))))
    suites = {suite.get("name"): suite for suite in root}
    assert {name: (s.get("tests"), s.get("failures")) for name, s in suites.items()} == {
        "crisis": ("1", "0"),
        "medical": ("2", "1"),
        "gate": ("1", "1"),
    }
    assert suites["crisis"].get("errors") == "1"
    failure = suites["medical"].find("testcase[@name='b']/failure")
    assert failure is not None
    assert failure.text == "bell  & <x>"


def test_a_gate_that_passes_is_a_test_that_passes():
    root = Xml.fromstring(junit(summarise(run_of(outcome("a")))))
    gate = root.find("testsuite[@name='gate']")
    assert gate is not None
    assert (gate.get("tests"), gate.get("failures")) == ("1", "0")


def test_an_aim_that_is_not_reached_is_a_test_that_is_skipped():
    root = Xml.fromstring(junit(summarise(run_of(outcome("a")), Extras(short=[Fault("preferred", "crisis")]))))
    gate = root.find("testsuite[@name='gate']")
    assert gate is not None
    assert (gate.get("tests"), gate.get("failures"), gate.get("skipped")) == ("2", "0", "1")
    skipped = gate.find("testcase[@name='preferred (crisis)']/skipped")
    assert skipped is not None
    assert skipped.get("message") == "short of an aim: preferred (crisis)"
