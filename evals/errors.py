"""Errors of the evaluations.

EvalError
├── ScenarioError     scenario files are not valid; carries every problem with file and line
├── ResultsError      a file of results is damaged, or belongs to another set-up
├── BenchmarkError    a benchmark is unknown, or its file is missing or not in the format of its authors
├── GateError         the file of limits is not valid
├── TargetError       a target cannot be measured: its address is not understood, or it serves no guidance
├── TargetDown        a target cannot be reached any more; what was measured is kept
├── ToolError         a foreign tool is missing, failed, or wrote a report that cannot be read
├── ExampleError      the file of examples is not valid, or one is an example of something else
└── ReplyError        one answer of an endpoint cannot be used
"""

from __future__ import annotations

from collections.abc import Sequence

from policies.errors import Problem


class EvalError(Exception):
    """Base of every error raised by the evaluations on purpose."""


class ScenarioError(EvalError):
    """Scenario files are not valid."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        count = len(self.problems)
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"scenarios cannot be used: {count} problem{'' if count == 1 else 's'}\n{lines}")


class ResultsError(EvalError):
    """A file of results is damaged, or belongs to another set-up."""


class BenchmarkError(EvalError):
    """A benchmark is unknown, or its file is missing or not in the format of its authors."""


class GateError(EvalError):
    """The file of limits is not valid."""


class TargetError(EvalError):
    """A target cannot be measured: its address is not understood, or it serves no guidance."""


class TargetDown(EvalError):
    """A target cannot be reached any more; what was measured is kept."""


class ToolError(EvalError):
    """A foreign tool is missing, failed, or wrote a report that cannot be read."""


class ExampleError(EvalError):
    """The file of examples is not valid, or one of them is an example of something else."""


class ReplyError(EvalError):
    """One answer of an endpoint cannot be used."""
