"""What is on the glass can be read and touched: nothing clipped, nothing on top of another, nothing too small."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.draw import LINE_HEIGHT
from kiosk.face import face
from kiosk.pages import overlaps, picture
from kiosk.views import ChooseView, TakenView
from kiosk.words import read
from tests.kiosk import pictures
from tests.kiosk.pictures import LONG, PANELS, VIEWS, sizes

CASES = [pytest.param(panel, view, id=f"{title}-{name}") for name, panel in PANELS.items()
         for title, view in VIEWS.items()]


@pytest.mark.parametrize("panel, view", CASES)
def test_every_text_is_whole_and_inside_the_glass(panel, view):
    drawn = picture(view, panel, sizes(panel))
    for text in drawn.texts:
        widest = max(face(text.weight).width(line) * text.px for line in text.lines)
        assert widest <= text.area.w + 1, text
        assert text.area.x >= 0
        assert text.area.x + text.area.w <= panel.width + 1
        assert text.area.y >= -1
        assert text.area.y + text.area.h <= panel.height + 1
        assert all(face(text.weight).has(letter) for line in text.lines for letter in line)


@pytest.mark.parametrize("panel, view", CASES)
def test_no_text_lies_on_another(panel, view):
    assert overlaps(picture(view, panel, sizes(panel))) == []


@pytest.mark.parametrize("panel, view", [case for case in CASES if isinstance(case.values[1], ChooseView)])
def test_services_are_large_enough_for_a_finger_and_their_names_for_old_eyes(panel, view):
    drawn = picture(view, panel, sizes(panel))
    choices = [touch.area for touch in drawn.touches if touch.act == "choose"]
    assert min(min(area.w, area.h) for area in choices) >= panel.mm(20) - 1
    for area in (touch.area for touch in drawn.touches):
        assert min(area.w, area.h) >= panel.mm(13)
    if LONG not in view.tiles[0].name:
        names = {tile.name for tile in view.tiles if not tile.closed}
        for text in drawn.texts:
            if " ".join(text.lines) in names:
                assert text.px * face(text.weight).x_height >= panel.mm(4) - 0.5


@pytest.mark.parametrize("panel, view", CASES)
def test_places_to_touch_do_not_overlap(panel, view):
    touches = [touch.area for touch in picture(view, panel, sizes(panel)).touches]
    for i, one in enumerate(touches):
        for other in touches[i + 1:]:
            across = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
            down = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
            assert across <= 0 or down <= 0


@pytest.mark.parametrize("panel, view", CASES)
def test_every_service_is_on_some_page(panel, view):
    if not isinstance(view, ChooseView):
        return
    pages = picture(view, panel, sizes(panel)).pages
    found = [touch.what for page in range(pages) for touch in picture(replace(view, page=page), panel,
                                                                    sizes(panel)).touches if touch.act == "choose"]
    assert found == [tile.service for tile in view.tiles]


@pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS)
def test_the_services_of_the_demo_fit_on_few_pages(panel):
    assert picture(VIEWS["choose"], panel, sizes(panel)).pages == (2 if panel.diagonal_in < 8 else 1)


@pytest.mark.parametrize("panel, view", [case for case in CASES if isinstance(case.values[1], TakenView)])
def test_the_number_is_by_far_the_largest_thing_on_the_screen(panel, view):
    drawn = picture(view, panel, sizes(panel))
    [number] = [text for text in drawn.texts if text.lines == (view.number,)]
    assert number.px > 2 * max(text.px for text in drawn.texts if text is not number)


def test_lines_leave_room_for_two_marks_on_a_capital():
    assert LINE_HEIGHT >= 1.35


def test_every_catalogue_has_the_same_words():
    assert read("vi").keys() == read("en").keys()


@pytest.mark.slow
@pytest.mark.parametrize("name", PANELS)
def test_kivy_draws_no_line_wider_than_its_place(name, tmp_path):
    assert pictures.in_a_program("--panel", name, str(tmp_path), "") == ""
    assert all(path.stat().st_size > 5000 for path in tmp_path.glob("*.png"))
    assert len(list(tmp_path.glob("*.png"))) == len(VIEWS)


@pytest.mark.slow
def test_no_key_opens_settings_or_closes_the_window():
    children, closed, running = pictures.in_a_program("--keys").split()
    assert (children, closed, running) == ("1", "True", "True"), "on_request_close answers True to stay open"
