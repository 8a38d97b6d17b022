"""The looks of everything that people see, read from looks.toml: colours, type, sizes, motion.

1. Screens, pages and slips take their colours and sizes from here and name none themselves.
2. A set of colours that people could not read is refused, whoever chose it.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("looks.toml")

CITIZEN_CONTRAST = 7.0
"""Least contrast of words that citizens read (WCAG 2, AAA)."""
STAFF_CONTRAST = 4.5
"""Least contrast of all other words (WCAG 2, AA)."""

READ_BY_CITIZENS = (
    ("ink", "paper"), ("ink", "ground"), ("ink", "accent_soft"), ("ink", "late_soft"), ("ink", "served_soft"),
    ("ink", "trouble_soft"), ("on_mark", "mark"), ("quiet", "paper"), ("quiet", "ground"),
    ("late", "late_soft"),
)
READ_BY_ALL = (
    ("accent", "paper"), ("accent", "ground"), ("on_accent", "accent"), ("accent", "accent_soft"),
    ("trouble", "paper"), ("trouble", "trouble_soft"), ("on_trouble", "trouble"), ("served", "paper"),
    ("served", "served_soft"), ("late", "paper"),
)
"""Pairs (words, ground) that occur on a page, by who reads them."""

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}\Z")


class BadLooks(ValueError):
    """The looks can not be used; the text names each pair of colours and what it would need."""


@dataclass(frozen=True, slots=True)
class Looks:
    """All looks: `sets` are colours by set (`light`, `dark`) and name, the rest by section and name."""

    sets: dict[str, dict[str, str]]
    type: dict[str, object]
    size: dict[str, float]
    motion: dict[str, float]


def luminance(colour: str) -> float:
    """Relative luminance of `#RRGGBB`, 0 to 1, as WCAG 2 defines it."""
    parts = (int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21, as WCAG 2 defines it.

    >>> round(contrast("#000000", "#FFFFFF"))
    21
    """
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def complaints(colours: dict[str, str], name: str) -> list[str]:
    """What is wrong with one set of colours; empty when it can be read."""
    wrong = [f"{name}.{key} = {value!r} is no colour; write it as #RRGGBB"
             for key, value in colours.items() if not _COLOUR.match(str(value))]
    names = {key for pair in READ_BY_CITIZENS + READ_BY_ALL for key in pair}
    wrong += [f"{name}.{key} is missing; give it a colour" for key in sorted(names - colours.keys())]
    if wrong:
        return wrong
    for pairs, least in ((READ_BY_CITIZENS, CITIZEN_CONTRAST), (READ_BY_ALL, STAFF_CONTRAST)):
        for words, ground in pairs:
            found = contrast(colours[words], colours[ground])
            if found < least:
                wrong.append(f"{name}.{words} {colours[words]} on {name}.{ground} {colours[ground]} has "
                             f"contrast {found:.1f}; {least} is needed: make one darker or the other lighter")
    return wrong


def load(where: Path = FILE, *, accent: str = "") -> Looks:
    """The looks in `where`; `accent` replaces the light set's accent, as an office may choose its own.

    Raises BadLooks with every complaint at once.
    """
    read = tomllib.loads(where.read_text(encoding="utf-8"))
    sets = {name: dict(read[name]) for name in ("light", "dark")}
    if accent:
        sets["light"]["accent"] = accent
    wrong = [line for name, colours in sets.items() for line in complaints(colours, name)]
    if read["type"]["line_height"] < 1.35:
        wrong.append(f"type.line_height = {read['type']['line_height']} would clip Vietnamese marks; "
                     "use 1.35 or more")
    if wrong:
        raise BadLooks("\n".join(["these looks can not be used:", *(f"  {line}" for line in wrong)]))
    return Looks(sets=sets, type=read["type"], size=read["size"], motion=read["motion"])


def css(looks: Looks) -> str:
    """The looks as custom properties of a style sheet; the dark set is chosen by `data-theme="dark"`."""
    def colours(name: str) -> str:
        return "".join(f"  --{key.replace('_', '-')}: {value};\n" for key, value in looks.sets[name].items())

    type_, motion = looks.type, looks.motion
    return (
        f":root {{\n  color-scheme: light;\n{colours('light')}"
        f"  --family: '{type_['family']}', {type_['fallback']};\n"
        f"  --line-height: {type_['line_height']};\n  --number-weight: {type_['number_weight']};\n"
        f"  --touch: {looks.size['touch_mm']}mm;\n"
        f"  --slide: {motion['slide_ms']}ms;\n}}\n"
        f":root[data-theme='dark'] {{\n  color-scheme: dark;\n{colours('dark')}}}\n"
    )
