"""Boards: no pin has two uses, none that is taken is used, and docs/WIRING.md says what they are."""

from pathlib import Path

import pytest

from firmware_config import wiring

PAGE = Path(__file__).parents[2] / "docs" / "WIRING.md"


@pytest.mark.parametrize("name", wiring.names())
def test_every_board_that_is_shipped_can_be_used(name: str) -> None:
    board = wiring.board(name)
    pins = [*board.buttons.values(), *board.lamps.values()]
    assert len(pins) == len(set(pins)) and board.about.endswith(".")
    assert not set(pins) & set(wiring.TAKEN)


def test_the_boards_have_the_buttons_that_the_rooms_count_on() -> None:
    assert tuple(wiring.board("box-5").buttons) == ("next", "recall", "no-show", "finish", "pause")
    assert tuple(wiring.board("box-5").lamps) == ("waiting", "calling", "serving", "lost", "refused")
    assert tuple(wiring.board("kiosk-6").buttons) == (*(f"service-{n}" for n in range(1, 7)), "help")
    assert set(wiring.board("kiosk-6").lamps) == set(wiring.board("kiosk-6").buttons)


def test_the_page_is_the_one_the_boards_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == wiring.page(), "run `python -m firmware_config.wiring > docs/WIRING.md`"


def test_the_header_is_whole() -> None:
    places = [*wiring.HEADER_PIN.values(), *wiring.GROUNDS, *wiring.POWER]
    assert sorted(places) == list(range(1, 41))


@pytest.mark.parametrize("text, said", [
    ("[buttons]\nnext = 5\nfinish = 5", "[buttons] finish = 5: GPIO 5 is already that of [buttons] next; choose"),
    ("[buttons]\nnext = 17\n[lamps]\nlost = 17", "[lamps] lost = 17: GPIO 17 is already that of [buttons] next"),
    ("[buttons]\nnext = 2", "GPIO 2 is not free: the battery clock (I2C) is there; choose another"),
    ("[buttons]\nnext = 40", "[buttons] next = 40 is no pin; write the BCM number, 4 to 27"),
    ("[buttons]\nnext = true", "[buttons] next = True is no pin"),
    ("[lamps]\nlost = 8", "GPIO 8 is high while the Pi boots, so the lamp would glow; choose 9 to 27"),
    ("[buttons]\nNext = 5", "'Next' is no name; write 1 to 32 of a–z, 0–9 and -"),
    ("holds = ['pasue']\n[buttons]\npause = 5", "holds names 'pasue', which is no button; did you mean 'pause'?"),
    ("[button]\nnext = 5", "unknown key 'button'; did you mean 'buttons'?"),
    ("buttons = 5", "buttons must be a section [buttons] of lines such as next = 5"),
    ("[buttons", "see https://toml.io for the form"),
])
def test_a_board_with_a_mistake_is_refused_with_the_cure(text: str, said: str) -> None:
    with pytest.raises(wiring.NoBoard) as refused:
        wiring.read("mine", text)
    assert said in str(refused.value)


def test_a_board_that_is_not_there_is_answered_with_a_guess() -> None:
    with pytest.raises(wiring.NoBoard, match="there is no board 'box5'; did you mean 'box-5'"):
        wiring.board("box5")
