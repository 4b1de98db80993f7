"""A report as JUnit XML, for CI systems: a test case per scenario, a suite per domain, and one of the gate."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from evals.metrics import sliced
from evals.outcomes import Outcome
from evals.report.summary import Summary, fault_of

_NO_XML = {code: None for code in range(32) if code not in (9, 10, 13)} | {0xFFFE: None, 0xFFFF: None}


def junit(summary: Summary) -> str:
    """The report; a scenario that is not acceptable is a failure, a turn that failed an error."""
    root = Xml.Element("testsuites", name="handrail eval")
    for (domain,), outcomes in sliced(summary.run.outcomes, ("domain",)).items():
        failures = sum(not o.acceptable and o.error is None for o in outcomes)
        errors = sum(o.error is not None for o in outcomes)
        counts = {"tests": str(len(outcomes)), "failures": str(failures), "errors": str(errors)}
        suite = Xml.SubElement(root, "testsuite", counts, name=domain)
        for outcome in outcomes:
            _add_case(suite, outcome)
    broken = {
        "tests": str(max(1, len(summary.faults)) + len(summary.short)),
        "failures": str(len(summary.faults)),
        "skipped": str(len(summary.short)),
    }
    suite = Xml.SubElement(root, "testsuite", broken, name="gate")
    if not summary.faults:
        Xml.SubElement(suite, "testcase", classname="gate", name="no fault")
    for fault in summary.faults:
        case = Xml.SubElement(suite, "testcase", classname="gate", name=_clean(f"{fault.what} ({fault.where})"))
        Xml.SubElement(case, "failure", message=_clean(str(fault)))
    for fault in summary.short:
        case = Xml.SubElement(suite, "testcase", classname="aim", name=_clean(f"{fault.what} ({fault.where})"))
        Xml.SubElement(case, "skipped", message=_clean(f"short of an aim: {fault}"))
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _add_case(suite: Xml.Element, outcome: Outcome) -> None:
    case = Xml.SubElement(
        suite,
        "testcase",
        classname=f"{outcome.domain}.{outcome.language}",
        name=_clean(outcome.id),
        time=f"{(outcome.ms or 0) / 1000:.3f}",
    )
    if not outcome.acceptable:
        kind = "failure" if outcome.error is None else "error"
        Xml.SubElement(case, kind, message=_clean(fault_of(outcome))).text = _clean(outcome.request)


def _clean(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return text.translate(_NO_XML)
