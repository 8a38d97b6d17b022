"""What the pages say, in each language: one catalogue a language in ``catalogue/``.

Rule 1: no word for people stands in a page or a script; it stands in the catalogues, each with the same keys.
Rule 2: numbers, times and lists are written as that language writes them.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timezone
from pathlib import Path

FOLDER = Path(__file__).with_name("catalogue")


@dataclass(frozen=True, slots=True)
class Words:
    """The catalogue of one language: ``section.key`` → text, with ``{name}`` where a value goes."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The text of that key. ``KeyError`` where the catalogue lacks it: a mistake of ours, told by a test."""
        text = self.texts[key]
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """Whether the catalogue knows that key."""
        return key in self.texts

    def section(self, *names: str) -> str:
        """All texts of these sections as JSON, for a page's script."""
        chosen = {k: v for k, v in self.texts.items() if k.partition(".")[0] in names}
        return json.dumps(chosen, ensure_ascii=False)

    def of(self, texts: Mapping[str, str]) -> str:
        """The settings' own text in this language, else in the first that it has."""
        return texts.get(self.language) or next(iter(texts.values()), "")

    def number(self, value: float, digits: int = 0) -> str:
        """A number as this language writes it.

        >>> Words("vi", {"format.comma": ",", "format.thousands": "."}).number(1234.5, 1)
        '1.234,5'
        """
        plain = f"{value:,.{digits}f}"
        marks = {",": self.texts["format.thousands"], ".": self.texts["format.comma"]}
        return "".join(marks.get(c, c) for c in plain)

    def percent(self, share: float | None) -> str:
        """A share of 0 to 1 as per cent; a dash where there is none."""
        return "–" if share is None else f"{self.number(100 * share)} %"

    def minutes(self, seconds: float | None) -> str:
        """A duration in words of minutes and hours; a dash where there is none."""
        if seconds is None:
            return "–"
        if seconds < 60:
            return self("format.seconds", n=int(seconds))
        whole = int(seconds // 60)
        if whole < 60:
            return self("format.minutes", n=whole)
        return self("format.hours", h=whole // 60, m=f"{whole % 60:02d}")

    @staticmethod
    def clock(at_ms: int, zone: timezone) -> str:
        """A moment as ``08:12``."""
        return f"{datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone):%H:%M}"

    @staticmethod
    def date(day: str) -> str:
        """``2026-11-22`` as ``22/11/2026``."""
        return "/".join(reversed(day.split("-")))


def load(folder: Path = FOLDER) -> dict[str, Words]:
    """The catalogues by language."""
    found = {}
    for path in sorted(folder.glob("*.toml")):
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        flat = {f"{name}.{key}": text for name, section in read.items() for key, text in section.items()}
        found[path.stem] = Words(path.stem, flat)
    return found
