"""What the kiosk says, in the languages of the office: one file of catalogue/ each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

CATALOGUE = Path(__file__).with_name("catalogue")
_LAST_RESORT = "en"


def read(language: str) -> dict[str, str]:
    """One catalogue as ``section.key``: text; English where there is none for that language."""
    path = CATALOGUE / f"{language}.toml"
    if not path.is_file():
        path = CATALOGUE / f"{_LAST_RESORT}.toml"
    whole = tomllib.loads(path.read_text(encoding="utf-8"))
    return {f"{section}.{key}": text for section, texts in whole.items() for key, text in texts.items()}


class Words:
    """The catalogues of these languages."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        self._said = {language: read(language) for language in languages}

    def say(self, language: str, key: str, **values: object) -> str:
        """The words for ``section.key``. ``KeyError`` where the catalogue has none."""
        return self._said[language][key].format(**values)

    def knows(self, language: str, key: str) -> bool:
        """Whether there are words for that."""
        return key in self._said[language]


def of(texts: Mapping[str, str], language: str) -> str:
    """A text of the settings in that language, else in any."""
    return texts.get(language) or next(iter(texts.values()), "")
