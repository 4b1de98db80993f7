"""Reports of a run: one HTML file without references to anything else, Markdown, and JUnit."""

from evals.report.html import html
from evals.report.junit import junit
from evals.report.markdown import markdown
from evals.report.summary import Summary, summarise

__all__ = ["Summary", "html", "junit", "markdown", "summarise"]
