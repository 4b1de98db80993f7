"""Text in pictures, by the program ``tesseract`` where it is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Final

from agent.attachments.child import run
from agent.errors import SettingsError

AUTO: Final = "auto"
OFF: Final = "off"
_LIST_S: Final = 10.0
_WORD: Final = re.compile(r"[^\W\d_]{2,}|[\u3400-\u9fff]")


class Tesseract:
    """Reads pictures, one at a time for each call."""

    def __init__(self, program: str, languages: str) -> None:
        self._program = program
        self._languages = languages

    async def read(self, data: bytes, *, timeout_s: float) -> str:
        """The text in the picture; empty where there is none, or only specks that look like letters.

        Raises:
            ChildFailed: it could not be read, or not in time.
        """
        command = [self._program, "stdin", "stdout", "-l", self._languages]
        out = await run(command, data, timeout_s=timeout_s, environ={"OMP_THREAD_LIMIT": "1"})
        text = "\n".join(line.strip() for line in out.decode("utf-8", "replace").splitlines() if line.strip())
        return text if len(_WORD.findall(text)) > 1 else ""


def open_ocr(setting: str, languages: str) -> Tesseract | None:
    """The program of the setting: ``auto`` takes the installed one, ``off`` none, anything else is its path. Of the languages
    those are read whose data is installed. Blocks for a moment.

    Raises:
        SettingsError: the program that the setting names cannot be run.
    """
    if setting == OFF:
        return None
    program = shutil.which("tesseract" if setting == AUTO else setting)
    if program is None:
        if setting == AUTO:
            return None
        raise SettingsError(f"setting `HANDRAIL_OCR` is `{setting}`, expected `auto`, `off` or the path of `tesseract`")
    try:
        listed = subprocess.run(
            [program, "--list-langs"], capture_output=True, text=True, timeout=_LIST_S, check=True
        ).stdout.split()
    except (OSError, subprocess.SubprocessError) as error:
        raise SettingsError(f"`{program}` does not list its languages: {type(error).__name__}") from error
    wanted = [language for language in languages.split("+") if language in listed]
    return Tesseract(program, "+".join(wanted)) if wanted else None
