"""Time that never goes back, durations that no step touches, beats that never repeat."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hub.desk.clock import STEP_MS, Beats, OfficeClock
from hub.queueing.events import Moment

WALL_MS = 1_795_305_600_000


class Machine:
    """A machine's two clocks."""

    def __init__(self) -> None:
        self.wall_ms, self.mono_ms = WALL_MS, 77_000

    def passes(self, ms: int) -> None:
        self.wall_ms, self.mono_ms = self.wall_ms + ms, self.mono_ms + ms

    def starts(self, last: Moment | None = None) -> OfficeClock:
        return OfficeClock(lambda: self.wall_ms, lambda: self.mono_ms, last=last)


def test_a_new_office_begins_at_the_wall_and_at_zero() -> None:
    assert Machine().starts().now() == Moment(WALL_MS, 0)


def test_a_small_difference_is_drift_and_is_not_believed() -> None:
    machine = Machine()
    clock = machine.starts()
    machine.wall_ms += STEP_MS
    assert clock.step() is None
    assert clock.now() == Moment(WALL_MS, 0)


def test_a_step_forward_is_told_once_and_moves_the_wall_time_only() -> None:
    machine = Machine()
    clock = machine.starts()
    machine.passes(1000)
    machine.wall_ms += 3_600_000
    assert (clock.step(), clock.step()) == (3600.0, None)
    assert clock.now() == Moment(WALL_MS + 3_601_000, 1000)


def test_after_a_step_back_time_stands_until_the_wall_has_caught_up() -> None:
    machine = Machine()
    clock = machine.starts()
    machine.passes(10_000)
    assert clock.now().at_ms == WALL_MS + 10_000
    machine.wall_ms -= 5000
    assert clock.step() == -5.0
    assert clock.now() == Moment(WALL_MS + 10_000, 10_000)
    machine.passes(7000)
    assert clock.now() == Moment(WALL_MS + 12_000, 17_000)


def test_office_time_goes_on_by_the_time_the_hub_was_away() -> None:
    machine = Machine()
    last = Moment(WALL_MS - 60_000, 5000)
    assert machine.starts(last).now() == Moment(WALL_MS, 65_000)


def test_a_start_with_a_clock_that_went_back_never_goes_before_the_last_event() -> None:
    machine = Machine()
    last = Moment(WALL_MS + 86_400_000, 5000)
    clock = machine.starts(last)
    machine.passes(500)
    assert clock.now() == Moment(last.at_ms, 5500)


happenings = st.lists(st.tuples(st.integers(0, 5000), st.integers(-10_000, 10_000), st.booleans()), max_size=30)


@given(happenings)
def test_whatever_happens_time_does_not_go_back_and_durations_are_true(what: list[tuple[int, int, bool]]) -> None:
    machine = Machine()
    clock, before = machine.starts(), Moment(0, 0)
    for passes_ms, steps_ms, restarts in what:
        machine.passes(passes_ms)
        machine.wall_ms += steps_ms
        if restarts:
            clock = machine.starts(before if before.at_ms else None)
            before_mono = None
        else:
            before_mono = before.mono_ms if before.at_ms else None
        clock.step()
        now = clock.now()
        assert now.at_ms >= before.at_ms and now.mono_ms >= before.mono_ms
        if before_mono is not None:
            assert now.mono_ms - before_mono == passes_ms
        before = now


def beats_of(stored: list[int], wall_s: int, count: int, mono_ms: int = 0) -> tuple[Beats, list[int]]:
    beats = Beats(stored=stored[-1] if stored else None, wall_s=wall_s, keep=stored.append)
    return beats, [beats.next(mono_ms + 2000 * n) for n in range(count)]


@given(st.lists(st.tuples(st.integers(-10_000, 10_000), st.integers(0, 40)), min_size=1, max_size=8))
def test_beats_rise_strictly_across_all_starts_whatever_the_wall_says(starts: list[tuple[int, int]]) -> None:
    stored: list[int] = []
    every = [beat for shift, count in starts for beat in beats_of(stored, 1_795_305_600 + shift, count)[1]]
    assert all(a < b for a, b in pairwise(every))


def test_beats_rise_beyond_what_was_kept_ahead() -> None:
    stored: list[int] = []
    beats, every = beats_of(stored, 100, Beats.BLOCK + 10)
    assert every == sorted(set(every)) and stored[-1] > beats.latest


def test_a_restored_journal_brings_back_an_old_ceiling_and_still_no_old_beat() -> None:
    beats = Beats(stored=1000, wall_s=1_795_305_600, keep=lambda ceiling: None)
    assert beats.next(0) > 1_795_305_600


def test_a_beat_is_fresh_for_five_seconds_by_the_monotonic_clock() -> None:
    beats, (first, second) = beats_of([], 100, 2)
    assert beats.is_fresh(first, 5000) and not beats.is_fresh(first, 5001)
    assert beats.is_fresh(second, 7000) and not beats.is_fresh(second, 7001)
    assert not beats.is_fresh(second + 1, 2000) and not beats.is_fresh(first - 1, 0)
