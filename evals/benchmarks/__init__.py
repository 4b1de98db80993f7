"""Public benchmarks in the files of their authors: their formats, how they are read, and how they are fetched when asked."""

from evals.benchmarks.formats import BENCHMARKS, OWN, Prompt
from evals.benchmarks.reader import read_benchmark, scenario_of

__all__ = ["BENCHMARKS", "OWN", "Prompt", "read_benchmark", "scenario_of"]
