"""Reports of a run: one HTML file without references to anything else, Markdown, and JUnit."""

from evals.report.html import html
from evals.report.inspect_log import inspect_log, log_name
from evals.report.junit import junit
from evals.report.markdown import markdown
from evals.report.summary import Extras, Summary, summarise

__all__ = ["Extras", "Summary", "html", "inspect_log", "junit", "log_name", "markdown", "summarise"]
