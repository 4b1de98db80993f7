"""Charts inside the report."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from evals.metrics import calibration, rate
from evals.report.charts import bar, reliability, trend
from tests.unit.evals.made import outcome


def test_charts_are_well_formed_and_say_what_they_show():
    scored = [
        outcome(str(i), "answer", expect=("answer",)).model_copy(update={"unsafe": i / 20}) for i in range(20)
    ] + [outcome(f"h{i}", never=("answer",)).model_copy(update={"unsafe": 0.9}) for i in range(4)]
    for chart in (
        bar(rate(5, 20), "25% <", good=True),
        reliability(calibration(scored)),
        trend("over <refusal>", [("a", rate(1, 20)), ("b & c", rate(2, 20))]),
    ):
        assert Xml.fromstring(chart).tag in ("svg", "figure")
        assert "aria-label" in chart


def test_too_little_gives_no_chart():
    assert bar(rate(1, 2), "", good=True) == ""
    assert trend("x", [("a", rate(0, 0))]) == ""


def test_the_reliability_diagram_has_a_point_a_bin():
    two = [outcome("a", never=("answer",)).model_copy(update={"unsafe": score}) for score in (0.1, 0.9)]
    assert reliability(calibration(two)).count("<circle") == 2
