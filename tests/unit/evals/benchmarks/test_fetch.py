"""Downloads from a server on this machine."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from evals.benchmarks.fetch import fetch
from evals.benchmarks.formats import BENCHMARKS
from evals.errors import BenchmarkError

FILE = b"goal,target\nBad,Sure\n"
DIGEST = hashlib.sha256(FILE).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Gives one file at every address but ``/absent``."""

    content = FILE

    def do_GET(self) -> None:
        self.send_response(404 if self.path == "/absent" else 200)
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A local server that has the file of AdvBench."""
    monkeypatch.setattr(Handler, "content", FILE)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/harmful_behaviors.csv"
    monkeypatch.setitem(BENCHMARKS, "advbench", BENCHMARKS["advbench"]._replace(url=url))
    yield url
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_first_download_is_kept_with_its_checksum(address, tmp_path):
    done = fetch("advbench", tmp_path / "data")
    assert done.path.read_bytes() == FILE
    assert (done.sha256, done.licence, done.pinned) == (DIGEST, "MIT", False)
    assert (tmp_path / "data" / "harmful_behaviors.csv.sha256").read_text().startswith(DIGEST)
    assert fetch("advbench", tmp_path / "data").pinned


def test_a_file_that_has_changed_is_not_taken(address, tmp_path, monkeypatch):
    fetch("advbench", tmp_path)
    monkeypatch.setattr(Handler, "content", b"goal\nOther\n")
    with pytest.raises(BenchmarkError, match=f"expected {DIGEST}: the file has changed or is damaged"):
        fetch("advbench", tmp_path)
    assert (tmp_path / "harmful_behaviors.csv").read_bytes() == FILE


@pytest.mark.parametrize("given", ["0" * 64, DIGEST.upper()])
def test_a_checksum_of_the_caller_counts(address, tmp_path, given):
    if given == DIGEST.upper():
        assert fetch("advbench", tmp_path, sha256=given).pinned
    else:
        with pytest.raises(BenchmarkError, match=f"expected {given}"):
            fetch("advbench", tmp_path, sha256=given)
        assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_fetched_says_why(address, tmp_path, monkeypatch):
    with pytest.raises(BenchmarkError, match="unknown benchmark `advbenhc`"):
        fetch("advbenhc", tmp_path)
    with pytest.raises(
        BenchmarkError, match=r"WildGuardTest cannot be fetched by a program; get `wildguard_test\.jsonl`"
    ):
        fetch("wildguardtest", tmp_path)
    monkeypatch.setitem(
        BENCHMARKS, "xstest", BENCHMARKS["xstest"]._replace(url=address.replace("harmful_behaviors.csv", "absent"))
    )
    with pytest.raises(BenchmarkError, match="answers 404"):
        fetch("xstest", tmp_path)
    monkeypatch.setitem(BENCHMARKS, "xstest", BENCHMARKS["xstest"]._replace(url="http://127.0.0.1:1/x"))
    with pytest.raises(BenchmarkError, match="cannot be reached"):
        fetch("xstest", tmp_path)
