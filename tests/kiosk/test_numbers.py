"""The disk of a kiosk: what is on it when the power goes at any moment."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kiosk.numbers import DiskFailed, Numbers
from kiosk.stages import AskHub

GIVES = """
import sys
from pathlib import Path
from kiosk.numbers import Numbers
numbers = Numbers(Path(sys.argv[1]))
numbers.keep("s", "2026-11-23", [f"A{n}" for n in range(900, 9000)], epoch="e", question="q")
n = 0
while True:
    given = numbers.give("s", "2026-11-23", id=f"{sys.argv[2]}-{n}", code="c" * 16, lane="normal", boot="b", now=1.0)
    print(given.id, given.number, flush=True)
    n += 1
"""


@pytest.fixture
def numbers(tmp_path):
    kept = Numbers(tmp_path / "numbers.db")
    yield kept
    kept.close()


def give(numbers, id="t-1", day="2026-11-23", **more):
    return numbers.give("s", day, id=id, code="c" * 16, lane="normal", boot="b", now=5.0, **more)


def test_numbers_are_given_in_order_and_none_twice(numbers):
    numbers.keep("s", "2026-11-23", ["A1000", "A901", "A900"], epoch="e", question="q")
    assert [give(numbers, f"t-{n}").number for n in range(3)] == ["A900", "A901", "A1000"]
    assert give(numbers, "t-9") is None


def test_a_number_that_was_given_does_not_come_back_with_another_block(numbers):
    numbers.keep("s", "2026-11-23", ["A900"], epoch="e", question="q")
    give(numbers)
    numbers.keep("s", "2026-11-23", ["A900", "A901"], epoch="f", question="r")
    assert numbers.free("s", "2026-11-23") == 1


def test_numbers_of_another_day_are_another_block(numbers):
    numbers.keep("s", "2026-11-24", ["A900"], epoch="e", question="q")
    assert give(numbers) is None
    assert give(numbers, day="2026-11-24").number == "A900"


def test_what_was_given_outlives_the_day_until_the_hub_has_answered(numbers):
    numbers.keep("s", "2026-11-23", ["A900", "A901"], epoch="e", question="q")
    give(numbers, instead_of="old-command")
    numbers.forget_blocks(before="2026-12-01")
    numbers.forget_given("2026-12-01")
    assert [(one.number, one.instead_of) for one in numbers.unreported()] == [("A900", "old-command")]
    numbers.reported(["t-1"], [])
    numbers.forget_given("2026-12-01")
    assert numbers._read("SELECT * FROM given") == []
    assert numbers.free("s", "2026-11-23") == 0


def test_an_open_question_keeps_its_id_until_it_is_answered(numbers):
    assert numbers.question("s", "2026-11-23", "first") == "first"
    assert numbers.question("s", "2026-11-23", "second") == "first"
    numbers.keep("s", "2026-11-23", ["A900"], epoch="e", question="first")
    assert numbers.question("s", "2026-11-23", "third") == "third"


def test_an_age_is_told_within_one_run_of_the_machine_only(numbers):
    numbers.keep("s", "2026-11-23", ["A900"], epoch="e", question="q")
    given = give(numbers)
    assert given.age_s("b", 7.5) == 2.5
    assert given.age_s("another", 7.5) is None


def test_a_damaged_file_is_set_aside_and_the_kiosk_starts(tmp_path):
    path = tmp_path / "numbers.db"
    path.write_bytes(b"this is no database" * 1000)
    kept = Numbers(path)
    assert kept.unreported() == []
    assert Path(f"{path}.broken").exists()
    kept.close()


def test_a_disk_that_takes_nothing_gives_nothing(tmp_path):
    path = tmp_path / "numbers.db"
    first = Numbers(path)
    first.keep("s", "2026-11-23", ["A900"], epoch="e", question="q")
    first._disk.execute("PRAGMA query_only = 1")
    with pytest.raises(DiskFailed, match="read"):
        give(first)
    first._disk.execute("PRAGMA query_only = 0")
    assert give(first).number == "A900"
    first.close()


@pytest.mark.slow
def test_a_kill_at_any_moment_neither_loses_nor_repeats_a_number(tmp_path):
    path, seen = tmp_path / "numbers.db", []
    for run in range(12):
        child = subprocess.Popen([sys.executable, "-c", GIVES, str(path), f"run{run}"], stdout=subprocess.PIPE,
                                 text=True, cwd=Path(__file__).parents[2])
        assert child.stdout is not None
        seen.append(child.stdout.readline().split())
        time.sleep(random.Random(run).uniform(0, 0.05))
        child.kill()
        seen += [line.split() for line in child.stdout.read().splitlines() if len(line.split()) == 2]
        child.wait()
    kept = Numbers(path)
    on_disk = {given.id: given.number for given in kept.unreported()}
    kept.close()
    assert len({number for _, number in seen}) == len(seen)
    assert all(on_disk[name] == number for name, number in seen)


def test_a_question_stays_until_its_end_is_known(tmp_path, numbers):
    numbers.ask_begins(AskHub("q-00000001", "s", "priority", "en"))
    numbers.close()
    again = Numbers(tmp_path / "numbers.db")
    assert again.asked() == [AskHub("q-00000001", "s", "priority", "en")]
    again.ask_ended("q-00000001")
    assert again.asked() == []
    again.close()


def test_a_number_in_its_place_and_a_slip_end_a_question_with_them(numbers):
    for name in ("q-00000001", "q-00000002", "q-00000003"):
        numbers.ask_begins(AskHub(name, "s", "normal", "vi"))
    numbers.keep("s", "2026-11-23", ["A900"], epoch="e", question="q")
    give(numbers, instead_of="q-00000001")
    numbers.slip_begins("t-9", b"{}", reserved=False, boot="b", now=1.0, answers="q-00000002")
    assert [one.command for one in numbers.asked()] == ["q-00000003"]
    assert give(numbers, id="t-2", instead_of="q-00000003") is None
    assert [one.command for one in numbers.asked()] == ["q-00000003"], "nothing was given in its place"
