"""``handrail outputs``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def fingerprint(
    text: Annotated[Path, typer.Argument(help="UTF-8 text of the work.", exists=True, dir_okay=False)],
    name: Annotated[str | None, typer.Option(help="Name of the work; the name of the file when left out.")] = None,
    owner: Annotated[str, typer.Option(help="Who asks for the protection.")] = "",
    out: Annotated[Path | None, typer.Option(help="File to write; beside the text when left out.")] = None,
) -> None:
    """Make the fingerprint of a text: hashes only, to put into the folder of HANDRAIL_FINGERPRINTS_DIR.

    Replies of models that repeat ten words in a row of it are then held. The text cannot be read back from it.
    """
    from agent.moderation.shingles import fingerprint as fingerprint_of
    from api.commands.errors import CommandError

    try:
        content = text.read_text(encoding="utf-8-sig")
        made = fingerprint_of(name or text.stem, content, owner)
    except UnicodeDecodeError as error:
        raise CommandError(f"{text}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    except ValueError as error:
        raise CommandError(f"{text}: {error}; protect a longer text") from error
    target = out or text.with_suffix(".fingerprint.json")
    target.write_text(made.model_dump_json(), encoding="utf-8")
    typer.echo(f"{target}: `{made.name}`, {len(made.shingles):,} hashes")
