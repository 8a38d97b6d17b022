"""The wall, in simulated time: what it shows for what it heard, and which calls chime."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_display.paging import page_at, pages_of
from counter_display.showing import Showing
from counter_display.wall import FRESH_S, SHOWN_AT_LEAST_S, Wall
from counter_display.words import FOLDER, Words
from tests.counter_display.scenes import at, board, call, counter, many_counters, three_counters, wall


class Hall:
    """A wall on a bench: one clock for hub and screen, beats every 2 s, and all that was shown and heard."""

    def __init__(self, **place: object) -> None:
        self.second = 0.0
        self.wall: Wall = wall(**place)
        self.chimed: list[int] = []
        self.big: list[int] = []
        self.big_at: list[float] = []
        self.showing: Showing

    def beat(self) -> None:
        self.wall.beat(at(self.second), self.second)
        self.wall.hub_found()

    def turn(self) -> Showing:
        self.showing = self.wall.turn(self.second)
        self.chimed += [one.call for one in self.wall.take_chimes()]
        called = self.showing.called
        if called is not None and (not self.big or self.big[-1] != called.call):
            self.big.append(called.call)
            self.big_at.append(self.second)
        return self.showing

    def wait(self, seconds: float, *, beating: bool = True) -> Showing:
        for _ in range(round(seconds * 10)):
            self.second = round(self.second + 0.1, 1)
            if beating and round(self.second * 10) % 20 == 0:
                self.beat()
            self.turn()
        return self.showing


@pytest.fixture
def hall() -> Hall:
    there = Hall()
    there.beat()
    there.turn()
    return there


def test_a_call_is_shown_large_with_its_counter_and_chimes_once(hall):
    hall.wall.hear(board(1, [call(1, "A027", 3, 0)], [counter(3, "A027", stage="called")]))
    showing = hall.turn()
    assert (showing.called.number, showing.called.where) == ("A027", "Mời đến quầy 3")
    assert showing.called.marked
    assert showing.counters[0].marked
    hall.wait(5)
    hall.wall.hear(board(2, [call(1, "A027", 3, 0)], [counter(3, "A027", stage="serving")]))
    hall.wait(40)
    assert hall.chimed == [1]
    assert not hall.showing.called.marked, "the mark ends after the walk"


def test_a_recall_chimes_again_and_says_which_call_it_is(hall):
    hall.wall.hear(board(1, [call(1, "A027", 3, 0)]))
    hall.wait(25)
    hall.wall.hear(board(2, [call(1, "A027", 3, 0), call(2, "A027", 3, hall.second, times=2)]))
    hall.turn()
    assert hall.chimed == [1, 2]
    assert hall.showing.called.again == "Gọi lần 2"
    assert hall.showing.last == (), "one person stands on the wall once"


def test_priority_is_a_star_and_a_word(hall):
    hall.wall.hear(board(1, [call(1, "A027", 3, 0, lane="priority")],
                         [counter(3, "A027", stage="called", lane="priority")]))
    showing = hall.turn()
    assert showing.called.priority
    assert showing.counters[0].priority


def test_calls_that_come_together_are_shown_one_after_another_each_long_enough(hall):
    hall.wall.hear(board(1, [call(n, f"A00{n}", n, 0.2 * n) for n in range(1, 6)]))
    hall.wait(30)
    assert hall.big == hall.chimed == [1, 2, 3, 4, 5]
    stood = [later - earlier for earlier, later in pairwise(hall.big_at)]
    assert min(stood) >= SHOWN_AT_LEAST_S - 0.05
    assert [one.number for one in hall.showing.last] == ["A004", "A003", "A002"]


def test_a_call_that_still_waits_to_be_shown_is_not_yet_among_the_last_ones(hall):
    hall.wall.hear(board(1, [call(1, "A001", 1, 0), call(2, "A002", 2, 0)]))
    assert hall.turn().last == ()
    assert [one.number for one in hall.wait(4).last] == ["A001"]


def test_a_screen_that_was_off_is_right_one_message_after_it_hears_and_old_calls_make_no_sound():
    hall = Hall()
    hall.second = 600
    hall.wall.hear(three_counters())          # kept by the broker, before any beat
    assert hall.turn().called.number == "A027"
    assert [one.number for one in hall.showing.last] == ["B012", "A026", "H001"]
    assert not hall.showing.called.marked
    assert hall.showing.clock == "", "nobody has told the time yet"
    hall.wait(6)
    assert hall.chimed == []
    assert hall.showing.clock == "08:10"


def test_a_call_that_came_just_before_the_first_beat_chimes_when_the_beat_has_shown_it_fresh():
    hall = Hall()
    hall.second = 600
    hall.wall.hear(board(1, [call(1, "A001", 1, 500), call(2, "A002", 2, 599)]))
    assert hall.turn().called.number == "A002"
    assert hall.chimed == []
    hall.wait(2)
    assert hall.chimed == [2]


@pytest.mark.parametrize("age_s, chimes", [(FRESH_S, [1]), (FRESH_S + 0.1, [])])
def test_a_call_chimes_only_if_it_is_at_most_ten_seconds_older_than_the_beat(age_s, chimes):
    hall = Hall()
    hall.second = 100
    hall.beat()
    hall.turn()
    hall.wall.hear(board(1, [call(1, "A001", 1, 100 - age_s)]))
    hall.wait(1)
    assert hall.chimed == chimes
    assert hall.showing.called.number == "A001"


def test_who_comes_next_never_chimes(hall):
    hall.wall.hear(board(1, upcoming={"chung-thuc": ["A001"]}, waiting={"chung-thuc": 4}))
    hall.wait(3)
    assert hall.chimed == []
    assert (hall.showing.upcoming[0].numbers, hall.showing.upcoming[0].people) == (("A001",), "4 người")
    assert hall.showing.waiting == 4
    assert hall.showing.called is None


def test_without_the_hub_the_wall_says_that_its_numbers_may_be_old_and_marks_nothing(hall):
    hall.wall.hear(board(1, [call(1, "A027", 3, 0)]))
    hall.turn()
    hall.wall.hub_lost()
    showing = hall.wait(1, beating=False)
    assert showing.stale
    assert showing.band.startswith("Mất kết nối – số trên màn hình có thể cũ")
    assert showing.called.number == "A027"
    assert not showing.called.marked
    hall.beat()
    assert not hall.turn().stale
    assert hall.showing.band == ""


def test_what_happened_while_the_line_was_cut_is_shown_when_it_is_back_and_makes_no_sound(hall):
    hall.wall.hear(board(1, [call(1, "A027", 3, 0)]))
    hall.turn()
    hall.wall.hub_lost()
    hall.wait(300, beating=False)
    hall.wall.hear(board(9, [call(1, "A027", 3, 0), call(2, "B001", 1, 100), call(3, "A028", 2, 200)]))
    assert hall.turn().called.number == "A028"
    hall.wait(4)
    assert hall.chimed == [1]
    assert hall.big == [1, 3], "nobody is called again by a screen"


def test_an_older_board_is_dropped_and_one_of_a_past_epoch_too(hall):
    hall.wall.hear(board(5, [call(1, "A001", 1, 0), call(2, "A002", 1, 0)]))
    hall.wall.hear(board(4, [call(1, "A001", 1, 0)]))
    hall.wait(5)
    assert hall.showing.called.number == "A002"
    hall.wall.hear(board(1, [call(1, "A101", 1, hall.second)], epoch="restored"))
    hall.wait(4)
    assert hall.showing.called.number == "A101"
    hall.wall.hear(board(500, [call(9, "A009", 1, hall.second)]))
    hall.wait(4)
    assert hall.showing.called.number == "A101"
    assert hall.chimed == [1, 2, 1]


def test_a_call_that_is_taken_back_leaves_the_wall_at_once_and_does_not_chime(hall):
    first, second = call(1, "A001", 1, 0), call(2, "A002", 2, 0)
    hall.wall.hear(board(1, [first, second]))
    hall.turn()
    hall.wall.hear(board(2, [first]))
    hall.wait(5)
    assert hall.chimed == [1]
    third = call(3, "A003", 2, hall.second)
    hall.wall.hear(board(3, [first, third]))
    assert hall.turn().called.number == "A003"
    hall.wall.hear(board(4, [first]))
    assert hall.turn().called.number == "A001"
    assert hall.chimed == [1, 3]


def test_a_new_day_without_calls_empties_the_wall(hall):
    hall.wall.hear(three_counters())
    hall.wait(1)
    hall.wall.hear(board(11, [], [counter(1), counter(2), counter(3)]))
    assert hall.turn().called is None
    assert hall.showing.empty == ("Chưa gọi số nào", "Số được gọi sẽ hiện ở đây")
    hall.wall.hear(None)
    assert hall.turn().empty[0] == "Đang kết nối…"


def test_a_wall_shows_its_own_zone_only():
    hall = Hall(zone="tang-2")
    hall.beat()
    hall.wall.hear(board(1, [call(1, "A001", 1, 0), call(2, "B001", 7, 0, zone="tang-2"), call(3, "A002", 1, 0)],
                         [counter(1), counter(7, zone="tang-2")]))
    hall.wait(10)
    assert hall.chimed == [2]
    assert [one.counter for one in hall.showing.counters] == [7]
    assert hall.showing.called.number == "B001"


def test_many_counters_come_in_pages_and_the_called_one_is_on_the_page_that_stands(hall):
    hall.wall.hear(many_counters(30, seq=1))
    hall.wait(70)
    assert (hall.showing.counters_pages, len(hall.showing.counters)) == (3, 10)
    hall.wall.hear(board(2, [call(31, "A031", 25, hall.second)], [counter(n) for n in range(1, 31)]))
    assert 25 in {one.counter for one in hall.turn().counters}
    seen = set()
    for _ in range(30):
        seen |= {one.counter for one in hall.wait(1).counters}
    assert seen == set(range(1, 31))


def test_a_counter_says_in_words_what_it_does(hall):
    hall.wall.hear(board(1, [], [counter(1), counter(2, why="paused"), counter(3, why="holiday"),
                                 counter(4, "A001", stage="serving", why="paused"), counter(5, name="Quầy trả")]))
    signs = hall.turn().counters
    assert [sign.word for sign in signs] == ["Sẵn sàng", "Tạm dừng", "Đóng", "Đang phục vụ", "Sẵn sàng"]
    assert [sign.closed for sign in signs] == [False, True, True, False, False]
    assert signs[4].name == "Quầy trả"


def test_announcements_stand_for_a_while_and_notices_as_long_as_the_hub_has_them(hall):
    hall.wall.announce({"vi": "Mời dời xe trước cổng", "en": "Please move the car"}, hall.second)
    assert hall.turn().notice == "Mời dời xe trước cổng"
    assert hall.wait(31).notice == ""
    hall.wall.hear(board(1, notices=[{"vi": "Nghỉ trưa 11:30"}]))
    assert hall.turn().notice == "Nghỉ trưa 11:30"
    hall.wall.identify(hall.second)
    assert hall.turn().band == "Màn hình này là tv-1"


def test_after_the_machine_stood_still_what_piled_up_makes_no_sound(hall):
    hall.wall.hear(board(1, [call(1, "A001", 1, 0)]))
    hall.turn()
    hall.second = 60.0
    hall.wall.beat(at(20), hall.second)       # from the pile: as old as the call that comes with it
    hall.wall.hear(board(2, [call(1, "A001", 1, 0), call(2, "A002", 1, 19)]))
    hall.turn()
    hall.wait(10)
    assert hall.chimed == [1]
    assert hall.showing.called.number == "A002"


def test_every_language_has_every_word():
    catalogues = {file.stem: Words(file.stem) for file in Path(FOLDER).glob("*.toml")}
    words = {name: set(one._said) for name, one in catalogues.items()}
    assert words["vi"] == words["en"]
    assert not [w for w in words["vi"] if catalogues["vi"]._said[w] == catalogues["en"]._said[w]]
    assert Words("km").language == "km"


# -- whatever happens -----------------------------------------------------------------------------

@given(st.lists(st.integers(), max_size=70), st.integers(1, 15))
def test_pages_hold_everything_once_in_order_and_none_is_much_fuller(things, at_most):
    pages = pages_of(things, at_most)
    assert [one for page in pages for one in page] == things
    assert max(map(len, pages)) <= at_most
    assert max(map(len, pages)) - min(map(len, pages)) <= 1
    assert 0 <= page_at(12.3, 4.0, 8.0, len(pages), 0) < len(pages)


HAPPENINGS = st.lists(st.one_of(
    st.tuples(st.just("call"), st.integers(1, 4), st.sampled_from([0.0, 0.0, 0.0, 5.0, 9.9, 30.0])),
    st.tuples(st.just("recall"), st.just(0), st.just(0.0)),
    st.tuples(st.just("undo"), st.just(0), st.just(0.0)),
    st.tuples(st.just("replay"), st.integers(0, 5), st.just(0.0)),
    st.tuples(st.just("wait"), st.sampled_from([1, 4, 30, 80, 250]), st.just(0.0)),
    st.tuples(st.just("cut"), st.sampled_from([60, 3000]), st.just(0.0)),
), max_size=25)


@given(HAPPENINGS)
def test_whatever_happens_each_call_chimes_at_most_once_in_order_and_the_wall_ends_right(happenings):
    hall = Hall()
    hall.beat()
    hall.turn()
    calls, n, seq = [], 0, 0
    boards = [board(0)]
    for what, one, age_s in happenings:
        if what == "wait":
            hall.wait(one / 10)
            continue
        if what == "replay":
            hall.wall.hear(boards[min(one, len(boards) - 1)])
            hall.turn()
            continue
        if what == "cut":
            if one >= 50:
                hall.wall.hub_lost()
            hall.wait(one / 10, beating=False)
            hall.wall.hear(boards[-1])
            hall.beat()
            hall.turn()
            continue
        seq += 1
        if what == "undo" and calls:
            calls.pop()
        elif what == "recall" and calls:
            n += 1
            calls.append(call(n, calls[-1].number, calls[-1].counter, hall.second, times=2))
        elif what == "call":
            n += 1
            calls.append(call(n, f"A{n:03}", one, max(0.0, hall.second - age_s)))
        calls = calls[-20:]
        boards.append(board(seq, calls))
        hall.wall.hear(boards[-1])
        hall.turn()
    assert len(set(hall.chimed)) == len(hall.chimed), "each call once"
    assert hall.chimed == sorted(hall.chimed), "in their order"
    hall.wait(3 * 20 + 5)
    expected = calls[-1].call if calls else None
    assert (hall.showing.called.call if hall.showing.called else None) == expected
    assert not hall.showing.stale
    before = list(hall.chimed)
    hall.wall.hear(boards[-1])
    hall.wait(5)
    assert hall.chimed == before, "the same board again makes no sound"
