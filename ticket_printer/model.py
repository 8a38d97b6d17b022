"""Models of printers, as data: ``models/<name>.toml`` says what one understands and where that is written."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Literal

from ticket_printer.errors import BadModel

FOLDER = Path(__file__).with_name("models")
Encoding = Literal["raster", "mixed", "native"]


@dataclass(frozen=True, slots=True)
class Model:
    """One model of printer.

    ``encoding``: ``raster`` draws all; ``mixed`` draws what needs Vietnamese letters and leaves to the printer what
    the ``native_…`` fields allow; ``native`` writes Vietnamese with the printer's own letters, by ``code_pages`` (page
    number → name), and draws only what these lack. ``serial_encoding`` is used over a serial line, where drawing all
    takes tens of seconds. ``columns`` of the printer's own letters (12 × 24 dots). ``tear_dots`` of white follow where
    there is no ``cutter``. ``band_rows`` is the tallest drawing sent at once. ``fence``: whether it answers GS r
    when all before it is done (``yes``, or ``maybe`` where not all of its kind do). ``clears``: whether DLE DC4 8
    empties its buffer. ``mm_per_s`` of paper. ``source``: where all this is written.
    """

    name: str
    about: str
    source: str
    width_dots: int
    columns: int
    encoding: Encoding = "raster"
    serial_encoding: Encoding = "mixed"
    native_number: bool = False
    native_ascii: bool = False
    native_qr: bool = False
    code_pages: dict[str, str] = field(default_factory=dict)
    cutter: bool = True
    tear_dots: int = 0
    band_rows: int = 48
    fence: Literal["yes", "maybe"] = "maybe"
    clears: bool = False
    mm_per_s: int = 100

    def __hash__(self) -> int:
        return hash(self.name)


def names(folder: Path = FOLDER) -> tuple[str, ...]:
    """All models."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


@cache
def model(name: str, folder: Path = FOLDER) -> Model:
    """The model of that name; ``BadModel`` with a guess where there is none."""
    if name not in names(folder):
        near = get_close_matches(name, names(folder), n=1)
        cure = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(names(folder))}"
        raise BadModel(f"there is no printer model {name!r}; {cure}")
    read = tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))
    known = {one.name for one in fields(Model)} - {"name"}
    if strange := sorted(set(read) - known):
        raise BadModel(f"models/{name}.toml: {', '.join(strange)} means nothing; known are {', '.join(sorted(known))}")
    if read.get("encoding") == "native" and not read.get("code_pages"):
        raise BadModel(f"models/{name}.toml: native needs code_pages with Vietnamese letters; or take 'mixed'")
    try:
        return Model(name=name, **read)
    except TypeError as wrong:
        raise BadModel(f"models/{name}.toml: {wrong}") from None
