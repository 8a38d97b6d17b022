"""The project's Markdown pages, taken apart as far as the tests need."""

from __future__ import annotations

import re
from pathlib import Path

from tests.house.source import ROOT

_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")


class Page:
    """One Markdown file."""

    def __init__(self, path: str) -> None:
        self.path = ROOT / path
        self.text = self.path.read_text("utf-8")

    def section(self, heading: str) -> str:
        """What stands under a heading, up to the next one of its rank; ``KeyError`` where there is none."""
        found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^\1 |\Z)", self.text, re.MULTILINE | re.DOTALL)
        if found is None:
            # A section of a lower rank ends also where a higher one begins.
            raise KeyError(f"{self.path.name} has no heading {heading!r}")
        rank, body = len(found[1]), found[2]
        ends = re.search(rf"^#{{1,{rank}}} ", body, re.MULTILINE)
        return body[:ends.start()] if ends else body

    def rows(self, heading: str) -> list[list[str]]:
        """The rows of all tables under a heading, cells without spaces around them, heads left out."""
        rows = []
        for line in self.section(heading).splitlines():
            if line.startswith("|") and not re.fullmatch(r"[|\s:-]+", line):
                rows.append([cell.strip() for cell in line.strip("|").split("|")])
            elif line.startswith("|") and rows:
                rows.pop()                      # the row of dashes: the one before it was the head
        return rows

    def links(self) -> list[str]:
        """The targets of its links and pictures, code left out."""
        text = re.sub(r"`[^`\n]*`", "", _FENCE.sub("", self.text))
        return _LINK.findall(text)

    def anchors(self) -> set[str]:
        """The anchors of its headings, as GitHub and GitLab make them."""
        found: set[str] = set()
        for heading in re.findall(r"^#+ (.+)$", _FENCE.sub("", self.text), re.MULTILINE):
            plain = re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", heading.lower()))
            found.add(plain.strip().replace(" ", "-"))
        return found


def quoted(text: str) -> set[str]:
    """All that stands between backticks."""
    return set(re.findall(r"`([^`\n]+)`", text))


def all_pages() -> list[Path]:
    """Every Markdown file that a reader of the project may open."""
    folders = [ROOT.glob("*.md"), *((ROOT / name).rglob("*.md") for name in ("docs", "tests", "bench"))]
    return sorted(path for folder in folders for path in folder)
