"""Numbers as they are printed, and the office's own date."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.queueing.office import Office, hall_and_model


@pytest.mark.parametrize("n, printed", [(1, "B001"), (99, "B099"), (899, "B899"), (1000, "B1000"), (10_000, "B10000")])
def test_numbers_have_at_least_three_digits_and_run_on(n: int, printed: str) -> None:
    assert hall_and_model()[0].number("ho-tich", n) == printed


def test_after_a_number_series_1899_comes_11000() -> None:
    hall, _ = hall_and_model()
    assert (hall.number("thue", 899), hall.number("thue", hall.after(899))) == ("1899", "11000")


@given(first=st.integers(1, 999), length=st.integers(0, 200))
def test_the_reserved_block_and_only_that_is_skipped(first: int, length: int) -> None:
    last = min(999, first + length)
    hall, _ = hall_and_model(reserved=(first, last))
    given_numbers, n = [], 0
    while n < 1005:
        n = hall.after(n)
        given_numbers.append(n)
    assert given_numbers == [n for n in range(1, given_numbers[-1] + 1) if not first <= n <= last]


def test_nobody_gets_a_number_of_the_block_that_kiosks_keep_for_themselves() -> None:
    office = Office(*hall_and_model(reserved=(4, 6)))
    for _ in range(5):
        office.do("take_ticket", service="ho-tich")
    assert [t.number for t in office.floor.tickets.values()] == ["B001", "B002", "B003", "B007", "B008"]


@pytest.mark.parametrize("at_ms, day", [
    (1_795_305_600_000, "2026-11-22"), (1_795_366_799_999, "2026-11-22"), (1_795_366_800_000, "2026-11-23"),
    (0, "1970-01-01")])
def test_the_day_turns_at_the_offices_own_midnight(at_ms: int, day: str) -> None:
    assert hall_and_model()[0].day_of(at_ms) == day
