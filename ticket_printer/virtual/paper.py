"""The virtual roll: rows of dots until somebody cuts or tears, then a PNG file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

WHITE = 255
KEPT = 200
"""So many slips stay in the folder."""


class Roll:
    """Paper of a width, and what is on it since the last cut.

    ``rows_left`` says how much of the roll is left; None for plenty. ``on_end`` is called when it is used up.
    """

    def __init__(self, folder: Path, width: int) -> None:
        self.width = width
        self.rows_left: int | None = None
        self.on_end: Callable[[], None] = lambda: None
        self._folder = folder
        self._strips: list[Image.Image] = []
        self._texts: list[str] = []
        self._codes: list[str] = []
        self._height = 0

    def print(self, strip: Image.Image) -> Image.Image | None:
        """Print a strip as wide as the roll; returns what no longer fitted on it."""
        room = strip.height if self.rows_left is None else min(strip.height, self.rows_left)
        if room:
            self._strips.append(strip.crop((0, 0, self.width, room)))
            self._height += room
        if self.rows_left is not None:
            self.rows_left -= room
            if self.rows_left == 0:
                self.on_end()
        return strip.crop((0, room, self.width, strip.height)) if room < strip.height else None

    def note_text(self, words: str) -> None:
        """What the printer's own letters said."""
        self._texts.append(words)

    def note_code(self, content: str) -> None:
        """What the printer's own QR code says."""
        self._codes.append(content)

    @property
    def is_blank(self) -> bool:
        """Whether nothing but white hangs out."""
        return all(strip.getextrema() == (WHITE, WHITE) for strip in self._strips)

    def cut(self, *, complete: bool) -> Path | None:
        """What hangs out becomes a slip: its picture and, beside it, what was written; None where it is white."""
        blank, height = self.is_blank, self._height
        whole = Image.new("1", (self.width, max(height, 1)), WHITE)
        y = 0
        for strip in self._strips:
            whole.paste(strip, (0, y))
            y += strip.height
        told = {"texts": self._texts, "qr": self._codes, "rows": height, "complete": complete}
        self._strips, self._texts, self._codes, self._height = [], [], [], 0
        if blank:
            return None
        self._folder.mkdir(parents=True, exist_ok=True)
        old = self._pictures()
        path = self._folder / f"{int(old[-1].stem) + 1 if old else 1:06d}.png"
        path.with_suffix(".json").write_text(json.dumps(told, ensure_ascii=False), "utf-8")
        whole.save(path.with_suffix(".part"), "PNG")
        path.with_suffix(".part").rename(path)          # who looks never sees half a picture
        for gone in old[:-KEPT + 1]:
            gone.unlink(missing_ok=True)
            gone.with_suffix(".json").unlink(missing_ok=True)
        return path

    def slips(self) -> list[dict[str, Any]]:
        """All slips in the folder, oldest first: ``png``, ``texts``, ``qr``, ``rows``, ``complete``."""
        return [{"png": str(path), **json.loads(path.with_suffix(".json").read_text("utf-8"))}
                for path in self._pictures()]

    def _pictures(self) -> list[Path]:
        return sorted(path for path in self._folder.glob("*.png") if path.stem.isdigit())
