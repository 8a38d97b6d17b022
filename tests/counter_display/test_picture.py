"""The picture of the wall: large enough to be read from afar, nothing cut, nothing over something else."""

from __future__ import annotations

import subprocess
import sys
import wave
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_display import chime
from counter_display.glass import CAP_HEIGHT, Glass, Rect, base_line, fitted, line_height
from counter_display.picture import CALLED_CAP_MM, LAST_CAP_MM, Card, Picture, Words, complaints
from counter_display.screen import missing_library
from counter_display.words import Words as Catalogue
from firmware_config import looks
from tests.counter_display.painting import FONTS, ROOT, painted
from tests.counter_display.scenes import SCENES, board, call, counter, shown

WALLS = [(1920, 1080, 43.0), (1280, 800, 43.0), (1280, 720, 32.0), (3840, 2160, 55.0)]
MAY_BE_CUT = ("office", "notice-words", "-name")


def wide(text: str, weight: int, size_px: float) -> float:
    """Words a little wider than those of the real type."""
    return len(text) * size_px * (0.66 if weight == 800 else 0.6)


def draw(scene: Any, wall: tuple[int, int, float] = WALLS[0]) -> list[Card | Words]:
    return Picture(Glass(*wall), Catalogue("vi"), wide).draw(scene)


@pytest.mark.parametrize("wall", WALLS)
@pytest.mark.parametrize("scene", SCENES)
def test_no_words_stand_over_others_or_over_the_edge(scene, wall):
    lines = [mark for mark in draw(SCENES[scene], wall) if isinstance(mark, Words)]
    for one, other in combinations(lines, 2):
        assert not one.rect.overlaps(other.rect), (one.key, other.key)
    for line in lines:
        assert line.rect.x >= 0 and line.rect.y >= 0, line.key
        assert line.rect.x + line.rect.w <= wall[0] + 0.5 and line.rect.y + line.rect.h <= wall[1] + 0.5, line.key
        assert wide(line.text, line.weight, line.size_px) <= line.rect.w + 0.5, line.key
        assert line.size_px * line_height(line.weight) <= line.rect.h + 1.5, line.key


@pytest.mark.parametrize("wall", WALLS[:2])
@pytest.mark.parametrize("scene", SCENES)
def test_the_called_number_is_50_mm_high_and_the_last_ones_25(scene, wall):
    glass, marks = Glass(*wall), draw(SCENES[scene], wall)
    sizes = {mark.key: glass.cap_mm(mark.size_px) for mark in marks if isinstance(mark, Words)}
    for key, cap_mm in sizes.items():
        if key == "called-number":
            assert cap_mm >= CALLED_CAP_MM
        elif key.startswith("last-") and key.endswith("-number"):
            assert cap_mm >= LAST_CAP_MM
    assert complaints(marks, glass) == []


def test_a_panel_that_is_too_small_is_told_so_with_the_cure():
    glass = Glass(1280, 720, 15.0)
    told = {line.partition(":")[0]: line for line in complaints(draw(SCENES["called"], (1280, 720, 15.0)), glass)}
    assert set(told) == {"called-number", "last-0-number", "last-1-number", "last-2-number"}
    assert "50 mm are needed; hang up a larger screen than 15 inches" in told["called-number"]


def test_all_colours_are_of_the_looks_and_every_pair_can_be_read_by_citizens():
    style = looks.load()
    for scene in SCENES.values():
        marks = draw(scene)
        for line in (mark for mark in marks if isinstance(mark, Words)):
            under = [card for card in marks if isinstance(card, Card) and card.rect.overlaps(line.rect)]
            for colours in style.sets.values():
                found = looks.contrast(colours[line.colour], colours[under[-1].fill])
                assert found >= looks.CITIZEN_CONTRAST or under[-1].fill == "line", (line.key, under[-1].key)


def test_a_fresh_call_and_priority_are_told_by_more_than_a_colour():
    texts = {mark.key: mark.text for mark in draw(SCENES["twelve"]) if isinstance(mark, Words)}
    assert texts["called-head"] == "★ Ưu tiên · Gọi lần 2"
    assert texts["counter-0-star"] == "★ Ưu tiên"
    assert texts["counter-0-word"] == "Đang gọi"


@given(st.text(min_size=1, max_size=60), st.floats(20, 800), st.floats(10, 200), st.floats(1, 300), st.floats(1, 60))
def test_fitted_words_fit_whatever_they_are(text, w, h, size, least):
    within = Rect(0, 0, w, h)
    short, size_px = fitted(wide, text, 600, size, least, within)
    assert size_px >= 1
    assert size_px <= max(1, size) and size_px * line_height(600) <= max(h, line_height(600))
    assert short in (text, "…") or short.endswith("…")
    if short == text and len(text) * 0.6 <= w:
        assert wide(short, 600, size_px) <= w


def test_a_name_is_cut_between_words_and_a_number_never():
    assert fitted(wide, "Chính sách xã hội, người có công", 400, 30, 30, Rect(0, 0, 300, 50))[0] == "Chính sách xã…"
    text, size = fitted(wide, "A11000", 800, 300, 1, Rect(0, 0, 200, 400))
    assert (text, size) == ("A11000", 50)


@given(st.floats(20, 400), st.floats(5, 300), st.sampled_from([400, 600, 800]))
def test_letters_stand_so_that_all_their_marks_are_in_their_place(h, size, weight):
    size = min(size, h / line_height(weight))
    base = base_line(Rect(0, 10, 100, h), weight, size)
    above, below = (CAP_HEIGHT, 0.0) if weight == 800 else (1.03, 0.27)
    assert base - above * size >= 10 - 0.01
    assert base + below * size <= 10 + h + 0.01


@pytest.mark.parametrize("zones", [1, 7, 12, 13, 40])
def test_any_number_of_counters_finds_its_place(zones):
    scene = shown(board(1, [call(1, "A001", 1, 60)], [counter(n, f"A{n:04}", stage="serving", lane="priority")
                                                      for n in range(1, zones + 1)]), after_s=1)
    lines = [mark for mark in draw(scene) if isinstance(mark, Words)]
    for one, other in combinations(lines, 2):
        assert not one.rect.overlaps(other.rect), (one.key, other.key)


def test_the_chime_is_what_its_script_makes_soft_and_short(tmp_path):
    chime.write(tmp_path / "chime.wav")
    assert (tmp_path / "chime.wav").read_bytes() == chime.BUILT_IN.read_bytes()
    with wave.open(str(chime.BUILT_IN)) as sound:
        seconds = sound.getnframes() / sound.getframerate()
    loudest = max(abs(sample) for sample in chime.samples()) / 32_767
    assert 0.5 < seconds < 1.5
    assert 0.2 < loudest < 0.6
    assert abs(chime.samples()[-1]) < 200, "no click at the end"


# -- on the real glass ----------------------------------------------------------------------------

needs_glass = pytest.mark.skipif(bool(missing_library()) or not list(FONTS.glob("*.ttf")),
                                 reason=f"{missing_library()} is missing, and without it no picture is painted")


@needs_glass
@pytest.mark.slow
@pytest.mark.parametrize("size, theme", [("1920x1080", "light"), ("1280x800", "dark")])
def test_nothing_that_is_painted_is_larger_than_its_place_and_no_call_is_cut(tmp_path, size, theme):
    for scene, lines in painted(tmp_path, size, 43.0, theme, list(SCENES)).items():
        picture = (tmp_path / f"{scene}.png").read_bytes()
        assert picture[:8] == b"\x89PNG\r\n\x1a\n"
        assert f"{int.from_bytes(picture[16:20])}x{int.from_bytes(picture[20:24])}" == size
        for line in lines:
            (x, y, w, h), (left, top, wide_px, high) = line["rect"], line["ink"]
            assert left >= x - 1 and left + wide_px <= x + w + 1, (scene, line)
            assert top >= y - 1 and top + high <= y + h + 1, (scene, line)
            if line["text"].endswith("…") and line["text"] != Catalogue("vi")("connecting"):
                assert line["key"].endswith(MAY_BE_CUT), (scene, line)
            if line["key"] == "called-number":
                assert line["cap_mm"] >= CALLED_CAP_MM


@needs_glass
@pytest.mark.slow
def test_capitals_are_as_high_on_the_glass_as_was_computed(tmp_path):
    """Counts the dark rows of a painted H, so that no factor between points and pixels goes unseen."""
    told = subprocess.run(
        [sys.executable, "-c", MEASURES_AN_H, str(FONTS), str(tmp_path)], capture_output=True, text=True, timeout=60,
        check=False, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)})
    assert told.returncode == 0, told.stderr
    assert int(told.stdout.split()[-1]) == pytest.approx(200 * CAP_HEIGHT, abs=2)


MEASURES_AN_H = """
import sys
from pathlib import Path
from counter_display.glass import Glass
from counter_display.screen import Screen
screen = Screen(Glass(640, 360, 43), home=Path(sys.argv[2]) / "kivy", fonts=Path(sys.argv[1]),
                colours={"ground": "#000000"}, words=str, hidden=True)
screen.open()
texture, _ = screen._texture("H", 800, 200)
wide, high = texture.size
pixels = texture.pixels
print(sum(1 for y in range(high) if any(pixels[(y * wide + x) * 4 + 3] > 127 for x in range(wide))))
"""
