"""The product's own source, read and never run: comments and strings can neither trip a rule nor silence it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("wire", "kiosk", "ticket_printer", "counter_display", "hub", "firmware_config")
"""The rooms of the house; those that are not built yet have no folder."""


@dataclass(frozen=True)
class Import:
    """One name that a module imports: ``from hub.desk.board import View`` is (hub.desk.board, View)."""

    module: str
    name: str
    line: int

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]


@dataclass(frozen=True)
class Source:
    """One Python file: its place below the root, its text, and what the parser makes of it."""

    path: str
    text: str
    tree: ast.Module

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def room(self) -> str:
        return self.path.partition("/")[0]

    @property
    def is_program(self) -> bool:
        """Whether it can be started: such a file may wire things together."""
        return self.path.endswith("__main__.py") or 'if __name__ == "__main__":' in self.text

    def imports(self) -> Iterator[Import]:
        """All it imports, wherever in the file that stands; relative ones as they are written (``.x``)."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(alias.name, "", node.lineno)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    yield Import("." * node.level + (node.module or ""), alias.name, node.lineno)


def read(path: Path) -> Source:
    text = path.read_text("utf-8")
    return Source(path.relative_to(ROOT).as_posix(), text, ast.parse(text))


@cache
def product() -> tuple[Source, ...]:
    """Every module of the rooms."""
    return tuple(read(path) for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))


@cache
def everything() -> tuple[Source, ...]:
    """Every Python file of the project: the rooms, the tests, the bench."""
    others = [path for folder in ("tests", "bench") for path in sorted((ROOT / folder).rglob("*.py"))]
    return (*product(), *(read(path) for path in others))


def below(*prefixes: str) -> Iterator[Source]:
    """The product's modules in these folders, or of these paths."""
    for source in product():
        if any(source.path == p or source.path.startswith(p.rstrip("/") + "/") for p in prefixes):
            yield source
