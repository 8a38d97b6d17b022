"""Words and looks: the same keys in every language, numbers as each writes them, colours that can be read."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from firmware_config import looks
from hub.web import words
from hub.web.reasons import REASONS
from wire.codes import OUTCOMES, PAUSE_REASONS

WEB = Path(words.__file__).parent
CATALOGUES = words.load()


def test_every_language_has_the_same_keys_with_the_same_places() -> None:
    vi, en = CATALOGUES["vi"].texts, CATALOGUES["en"].texts
    assert vi.keys() == en.keys()
    for key, text in vi.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", en[key])), key
        assert text.strip() and en[key].strip(), key


def test_vietnamese_is_written_in_one_form() -> None:
    for key, text in CATALOGUES["vi"].texts.items():
        assert unicodedata.is_normalized("NFC", text), key


def test_no_vietnamese_text_is_left_in_english() -> None:
    vi, en = CATALOGUES["vi"].texts, CATALOGUES["en"].texts
    assert not {k for k, v in vi.items() if v == en[k] and re.search("[a-z]{3}", v)}


def test_every_key_that_a_page_or_script_uses_is_there() -> None:
    known = CATALOGUES["vi"].texts
    for path in [*WEB.rglob("*.html"), *WEB.rglob("*.js"), *WEB.rglob("*.py")]:
        for key in re.findall(r'\b(?:t|words\(\))\(\s*"([a-z_]+\.[\w-]+)"', path.read_text("utf-8")):
            assert key in known, f"{path.name}: {key}"


def test_every_code_has_a_word() -> None:
    known = CATALOGUES["vi"].texts
    assert all(f"why.{r}" in known for r in REASONS)
    assert all(f"outcome.{o}" in known for o in OUTCOMES)
    assert all(f"reason.{r}" in known for r in PAUSE_REASONS)
    assert all(f"score.{s}" in known for s in range(1, 6))


@pytest.mark.parametrize(("language", "value", "digits", "written"), [
    ("vi", 1234567, 0, "1.234.567"), ("vi", 93.86, 2, "93,86"), ("en", 1234.5, 1, "1,234.5"), ("vi", 0, 0, "0")])
def test_numbers_are_written_as_the_language_writes_them(
    language: str, value: float, digits: int, written: str,
) -> None:
    assert CATALOGUES[language].number(value, digits) == written


@pytest.mark.parametrize(("seconds", "said"), [
    (None, "–"), (0, "0 giây"), (59.9, "59 giây"), (60, "1 phút"), (3599, "59 phút"), (3600, "1 giờ 00 phút"),
    (3900, "1 giờ 05 phút")])
def test_durations_are_said_in_words(seconds: float | None, said: str) -> None:
    assert CATALOGUES["vi"].minutes(seconds) == said


def test_the_looks_can_be_read() -> None:
    found = looks.load()
    assert "--accent: #0B5FA5;" in looks.css(found)
    assert "[data-theme='dark']" in looks.css(found)


@pytest.mark.parametrize("accent", ["#FFFF00", "#9BC4E2", "blue", "#12"])
def test_an_accent_that_people_can_not_read_is_refused_with_the_cure(accent: str) -> None:
    with pytest.raises(looks.BadLooks, match=r"light\.accent"):
        looks.load(accent=accent)


def test_an_offices_own_accent_is_taken_where_it_can_be_read() -> None:
    assert looks.load(accent="#7A1F5C").sets["light"]["accent"] == "#7A1F5C"


def test_black_on_white_has_the_contrast_that_wcag_says() -> None:
    assert looks.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert looks.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_no_style_names_a_colour_of_its_own() -> None:
    for path in (WEB / "static").glob("*.css"):
        assert not re.findall(r"#[0-9A-Fa-f]{3,8}\b(?![^{]*\{)|\brgba?\(", path.read_text("utf-8")), path.name
