"""Small files of every kind, made here."""

from __future__ import annotations

import base64
import struct
import zlib


def encoded(data: bytes) -> str:
    """The file in base64."""
    return base64.b64encode(data).decode("ascii")


def data_url(data: bytes, media_type: str) -> str:
    """The file as a data URL."""
    return f"data:{media_type};base64,{encoded(data)}"


def a_pdf(*lines: str, content: bytes | None = None, extra: str = "") -> bytes:
    """A PDF of one page with these lines; ``content`` replaces the stream of the page, ``extra`` says how it is packed."""
    text = "BT /F1 12 Tf 72 720 Td 14 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
    stream = text.encode("latin-1") if content is None else content
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> /Contents 5 0 R >>",
        f"<< /Length {len(stream)} {extra}>>\nstream\n".encode() + stream + b"\nendstream",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + each + b"\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    end = f"xref\n0 6\n0000000000 65535 f \n{table}trailer << /Size 6 /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    return out + end.encode()


def a_pdf_bomb(megabytes: int = 300) -> bytes:
    """A small PDF whose page unpacks to so much."""
    packer = zlib.compressobj(9)
    million = b"BT (a) Tj ET\n" * 80_000
    packed = b"".join(packer.compress(million) for _ in range(megabytes)) + packer.flush()
    # Packed twice: what is left of so many repetitions repeats itself.
    return a_pdf(content=zlib.compress(packed, 9), extra="/Filter [/FlateDecode /FlateDecode] ")


def a_png(across: int = 4, down: int = 4, *, whole: bool = True) -> bytes:
    """A white picture; not ``whole``: its header alone, which may claim any size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", across, down, 8, 0, 0, 0, 0))
    if not whole:
        return head
    return head + chunk(b"IDAT", zlib.compress((b"\0" + b"\xff" * across) * down)) + chunk(b"IEND", b"")


def a_scan(
    *pages: bytes | str, space: str = "/DeviceGray", across: int = 50, down: int = 50, packed: str = ""
) -> bytes:
    """A PDF whose pages are a line of text, or a picture: these bytes, of so many pixels, packed so."""
    objects = [b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for page in pages:
        if isinstance(page, str):
            stream, xobject = f"BT /F1 12 Tf 72 720 Td ({page}) Tj ET".encode("latin-1"), ""
        else:
            head = f"<< /Subtype /Image /Width {across} /Height {down} /BitsPerComponent 8 /ColorSpace {space} {packed}"
            objects.append(f"{head} /Length {len(page)} >>\nstream\n".encode() + page + b"\nendstream")
            stream, xobject = b"/I Do", f"/XObject << /I {len(objects) + 2} 0 R >>"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream")
        resources = f"/Resources << /Font << /F1 3 0 R >> {xobject} >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] {resources} /Contents {len(objects) + 2} 0 R >>".encode()
        )
        kids.append(f"{len(objects) + 2} 0 R")
    tree = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    out, offsets = b"%PDF-1.4\n", []
    for number, each in enumerate([b"<< /Type /Catalog /Pages 2 0 R >>", tree, *objects], start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + each + b"\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(offsets) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    return out + end.encode()
