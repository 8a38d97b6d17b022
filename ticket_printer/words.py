"""What a slip says, in each language: one catalogue a language in ``catalogue/``, each with the same keys."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("catalogue")


@cache
def words(language: str, folder: Path = FOLDER) -> dict[str, str]:
    """The catalogue of a language, ``section.key`` → text; Vietnamese where there is none of that language."""
    path = folder / f"{language}.toml"
    if not path.is_file():
        path = folder / "vi.toml"
    sections = tomllib.loads(path.read_text("utf-8"))
    return {f"{section}.{key}": text for section, texts in sections.items() for key, text in texts.items()}


def languages(folder: Path = FOLDER) -> tuple[str, ...]:
    """The languages that have a catalogue."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))
