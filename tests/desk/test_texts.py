"""Every refusal has words for people, in both languages, and none of them falls over."""

from __future__ import annotations

import unicodedata

import pytest

from hub.desk.texts import REFUSALS, refusal
from wire.codes import Refusal


def test_there_are_words_for_every_refusal_and_for_nothing_else() -> None:
    assert set(REFUSALS) == {r.value for r in Refusal}


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_each_is_a_sentence_in_each_language(code: str, language: str) -> None:
    text = refusal(code, "B001", ("vi", "en"))[language]
    assert text == unicodedata.normalize("NFC", text)
    assert text.endswith(".") and "{" not in text and len(text) < 200


@pytest.mark.parametrize("code", REFUSALS)
def test_vietnamese_is_written_with_its_signs(code: str) -> None:
    assert any(unicodedata.decomposition(c) or c in "đĐ" for c in REFUSALS[code]["vi"])
    assert REFUSALS[code]["vi"] != REFUSALS[code]["en"]


@pytest.mark.parametrize("about", [None, "", "{about}", "{0}", "%s", "x" * 5000, 7, "Hộ tịch"])
@pytest.mark.parametrize("code", REFUSALS)
def test_whatever_it_is_about_it_can_be_said_briefly(code: str, about: object) -> None:
    assert all(len(text) < 300 for text in refusal(code, about, ("vi", "en")).values())


def test_only_the_sites_languages_are_sent_and_english_stands_in_for_one_without_words() -> None:
    assert set(refusal("too-late", None, ("vi",))) == {"vi"}
    assert refusal("too-late", None, ("fr",))["fr"] == refusal("too-late", None, ("en",))["en"]
