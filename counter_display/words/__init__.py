"""The words of the wall, one catalogue for each language.

1. One thing has one word, the same as on the web pages.
2. A language without a catalogue is shown in English; a missing word is a mistake that a test finds.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent


class Words:
    """The words of one language: ``words("go_to", n=3)``. ``KeyError`` for a word that does not exist."""

    def __init__(self, language: str) -> None:
        self.language = language
        file = FOLDER / f"{language}.toml"
        self._said: dict[str, str] = tomllib.loads((file if file.exists() else FOLDER / "en.toml").read_text("utf-8"))

    def __call__(self, word: str, **about: object) -> str:
        return self._said[word].format(**about)
