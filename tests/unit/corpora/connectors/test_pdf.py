"""PDF files, with a layer of text or without."""

from __future__ import annotations

import io

from pypdf import PdfWriter

from corpora.connectors.pdf import PDF
from tests.unit.corpora.connectors.conftest import Gather


def a_pdf(*pages: list[str]) -> bytes:
    """A file with these lines on its pages, and nothing else."""
    texts = ["BT /F1 12 Tf 72 720 Td 14 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET" for lines in pages]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>"]
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for number, text in enumerate(texts):
        resources = "<< /Font << /F1 3 0 R >> >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources {resources} /Contents {5 + 2 * number} 0 R >>"
        )
        objects.append(f"<< /Length {len(text)} >>\nstream\n{text}\nendstream")
    out = "%PDF-1.4\n"
    offsets = []
    for number, each in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{each}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{out.index('xref') if 'xref' in out else len(out)}\n%%EOF"
    return out.encode("latin-1")


def a_scan(password: str = "") -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_pages_are_parts_without_headers_and_page_numbers(gather: Gather) -> None:
    lines = [
        [
            "Safety Office",
            "Lock every door in the evening, and look once more when you go to bed. It keeps out",
            "most people who would come in.",
            "A second para-",
            "graph number {n}.",
            "{n}",
        ]
    ]
    pages = [[line.replace("{n}", str(n)) for line in lines[0]] for n in (1, 2, 3)]
    (found,), skips = gather(PDF, {"doors.pdf": a_pdf(*pages)})
    assert (found.key, found.title, skips) == ("doors", "doors", [])
    assert [part.heading for part in found.parts] == ["Page 1", "Page 2", "Page 3"]
    assert [block.text for block in found.parts[1].blocks] == [
        "Lock every door in the evening, and look once more when you go to bed. It keeps out most people who would come in.",
        "A second paragraph number 2.",
    ]


def test_scans_locked_and_broken_files_are_named(gather: Gather) -> None:
    files = {"a.pdf": a_scan(), "b.pdf": a_scan("secret"), "c.pdf": b"no pdf", "d.pdf": a_pdf(["x" * 60])[:200]}
    found, skips = gather(PDF, files)
    assert (found, [skip.fault for skip in skips]) == ([], [True] * 4)
    assert "run OCR over it first" in skips[0].reason
    assert "locked with a password" in skips[1].reason
    assert all("not a readable PDF" in skip.reason for skip in skips[2:])
