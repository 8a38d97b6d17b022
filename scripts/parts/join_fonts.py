"""Join the subsets of Be Vietnam Pro into one TTF for each weight: `join_fonts.py FROM TO`, started by scripts/fonts.

What is changed on the way, as the licence (OFL 1.1, no reserved name) allows:
- the room above the letters is real: the original says 1000 units and draws Ẫ and Ỗ higher, so SDL would clip them;
- figures of the heaviest weight, in which ticket numbers are set, are all as wide as the widest;
- ★ ☆ → ← ✓ are added, which the family lacks;
- instructions for old screens are dropped: they are bound to one subset.
"""

import math
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from fontTools.merge import Merger
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

WEIGHTS = {400: "Regular", 600: "SemiBold", 800: "ExtraBold"}
SUBSETS = ("latin", "vietnamese", "latin-ext")
TABULAR = 800
Point = tuple[float, float]


def main() -> None:
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    for weight, name in WEIGHTS.items():
        font = joined(source, weight)
        add_signs(font, bold=weight / 400)
        if weight == TABULAR:
            make_tabular(font)
        make_room(font)
        for record in list(font["name"].names):
            if record.nameID in (1, 2, 4, 6, 16, 17):
                font["name"].removeNames(record.nameID, record.platformID, record.platEncID, record.langID)
        for number, text in ((1, "Be Vietnam Pro" if name == "Regular" else f"Be Vietnam Pro {name}"),
                             (2, "Regular"), (4, f"Be Vietnam Pro {name}"), (6, f"BeVietnamPro-{name}"),
                             (16, "Be Vietnam Pro"), (17, name)):
            font["name"].setName(text, number, 3, 1, 0x409)
        path = target / f"BeVietnamPro-{name}.ttf"
        first = TTFont(source / f"be-vietnam-pro-{SUBSETS[0]}-{weight}-normal.woff2")["head"]
        font["head"].created, font["head"].modified = first.created, first.modified
        font.recalcTimestamp = False
        font.save(path)
        sys.stdout.write(f"{path}: {len(font.getBestCmap())} signs, {path.stat().st_size} bytes\n")
    shutil.copyfile(source / "OFL.txt", target / "OFL.txt")


def joined(source: Path, weight: int) -> TTFont:
    """All subsets of one weight as one font, each sign from the first subset that has it."""
    seen: set[int] = set()
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for subset in SUBSETS:
            font = TTFont(source / f"be-vietnam-pro-{subset}-{weight}-normal.woff2")
            font.flavor = None
            options = Options(hinting=False, layout_features=["*"], name_IDs=["*"], notdef_outline=True)
            cutter = Subsetter(options)
            cutter.populate(unicodes=set(font.getBestCmap()) - seen)
            cutter.subset(font)
            seen |= set(font.getBestCmap())
            parts.append(str(Path(folder) / f"{subset}.ttf"))
            font.save(parts[-1])
        return Merger().merge(parts)


def make_room(font: TTFont) -> None:
    """Say the height that the letters have, and the line 1.35 times the size or more."""
    glyphs, signs = font["glyf"], font.getBestCmap()
    shapes = [glyphs[name] for code, name in signs.items() if code < 0x2000 or 0x20A0 <= code < 0x20D0]
    top = max(shape.yMax for shape in shapes if shape.numberOfContours)
    bottom = -min(shape.yMin for shape in shapes if shape.numberOfContours)
    bottom = max(bottom, -font["hhea"].descent, 1350 - top)
    font["hhea"].ascent, font["hhea"].descent, font["hhea"].lineGap = top, -bottom, 0
    os2 = font["OS/2"]
    os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap = top, -bottom, 0
    os2.usWinAscent, os2.usWinDescent = top, bottom


def make_tabular(font: TTFont) -> None:
    """Give all figures the width of the widest, each in the middle of it, and no kerning between them."""
    signs, glyphs, widths = font.getBestCmap(), font["glyf"], font["hmtx"]
    figures = [signs[code] for code in range(ord("0"), ord("9") + 1)]
    widest = max(widths[name][0] for name in figures)
    for name in figures:
        shape, (width, _) = glyphs[name], widths[name]
        shift = (widest - width) // 2
        shape.coordinates.translate((shift, 0))
        shape.recalcBounds(glyphs)
        widths[name] = (widest, shape.xMin)
    for lookup in font["GPOS"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            table = getattr(table, "ExtSubTable", table)
            if table.LookupType == 2:
                left_out = set(figures)
                glyph_list = table.Coverage.glyphs
                kept = [i for i, name in enumerate(glyph_list) if name not in left_out]
                if table.Format == 1:
                    table.PairSet = [table.PairSet[i] for i in kept]
                    table.PairSetCount = len(kept)
                table.Coverage.glyphs = [glyph_list[i] for i in kept]


def add_signs(font: TTFont, *, bold: float) -> None:
    """Draw the few signs that the family lacks, on a body of 1000 with capitals 740 high."""
    star = _star(500, 370, 400)
    stroke = 60 * bold
    hollow = list(reversed(_star(500, 370, 400 - 1.9 * stroke)))
    arrow = [(60, 300 - stroke / 2 + 40), (600, 300 - stroke / 2 + 40), (600, 140), (900, 340), (600, 540),
             (600, 380 + stroke / 2 - 40), (60, 380 + stroke / 2 - 40)]
    tick = [(90, 350), (180, 420), (350, 230), (740, 700), (840, 620), (360, 40)]
    signs: dict[str, Iterable[list[Point]]] = {
        "★": [star], "☆": [star, hollow], "→": [arrow], "←": [[(960 - x, y) for x, y in reversed(arrow)]],
        "✓": [tick]}
    order = font.getGlyphOrder()
    for sign, outlines in signs.items():
        name = f"uni{ord(sign):04X}"
        pen = TTGlyphPen(None)
        for outline in outlines:
            pen.moveTo(outline[0])
            for point in outline[1:]:
                pen.lineTo(point)
            pen.closePath()
        shape = pen.glyph(round=round)  # type: ignore[call-arg]  # in FontTools since 4.40
        font["glyf"][name] = shape
        shape.recalcBounds(font["glyf"])
        font["hmtx"][name] = (1000 if sign in "★☆" else 960, shape.xMin)
        for table in font["cmap"].tables:
            if table.isUnicode():
                table.cmap[ord(sign)] = name
    font.setGlyphOrder([*order, *(f"uni{ord(sign):04X}" for sign in signs if f"uni{ord(sign):04X}" not in order)])


def _star(x: float, y: float, radius: float) -> list[Point]:
    """Five points, the first straight up, clockwise."""
    inner = radius * math.sin(math.radians(18)) / math.sin(math.radians(54))
    return [(x + r * math.sin(math.radians(36 * i)), y + r * math.cos(math.radians(36 * i)))
            for i, r in enumerate([radius, inner] * 5)]


if __name__ == "__main__":
    main()
