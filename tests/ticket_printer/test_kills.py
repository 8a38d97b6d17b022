"""No id twice and no slip lost, although the process is killed at any moment (promises 1, 2 and 28)."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from tests.ticket_printer.office import OFFICE, ticket
from ticket_printer import drawing
from ticket_printer.slip import slip_of
from ticket_printer.virtual.printer import VirtualPrinter

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
COUNT = 12


def start(folder, printer):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.ticket_printer.one_printer", str(folder), printer.address, str(COUNT)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True)


def kinds_of(printer):
    """What came out, whole slips only: (number, whether it bears the mark of a copy) and how often."""
    known = {}
    for n in range(COUNT):
        for copy in (False, True):
            lines = slip_of(ticket(id=f"t-{n}", number=f"A{n:03d}", track=None), OFFICE, copy=copy)
            picture = drawing.picture_of(lines, 576)
            known[picture.tobytes()] = (picture.height, n, copy)
    found = Counter()
    for slip in printer.slips()["slips"]:
        with Image.open(slip["png"]) as opened:
            for wanted, (height, n, copy) in known.items():
                top = opened.height - 24 - height
                if top >= 0 and opened.crop((0, top, 576, top + height)).tobytes() == wanted:
                    found[n, copy] += 1
    return found


@pytest.mark.parametrize("seed", range(4))
def test_a_printer_that_is_killed_again_and_again_prints_each_slip_once_or_once_more_as_a_copy(tmp_path, seed):
    printer = VirtualPrinter(tmp_path / "slips")
    printer.start()
    try:
        for round_ in range(6):
            process = start(tmp_path, printer)
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep((seed * 7 + round_ * 13) % 23 / 250)       # somewhere in the slips that follow
            process.kill()
            process.wait()
        process = start(tmp_path, printer)
        ends = dict(line.split() for line in process.communicate(timeout=90)[0].splitlines())
        assert process.returncode == 0
        assert ends.keys() == {f"slip-{n}" for n in range(COUNT)}
        assert set(ends.values()) <= {"printed", "interrupted"}, "interrupted: two runs began it and were killed"
        time.sleep(0.3)
        found = kinds_of(printer)
        for n in range(COUNT):
            assert found[n, False] <= 1, f"A{n:03d} came out twice without the mark of a copy"
            assert found[n, True] <= 1, f"A{n:03d} came out as a copy more than once"
            if ends[f"slip-{n}"] == "printed":
                assert found[n, False] + found[n, True] >= 1, f"A{n:03d} was told as printed and is on no paper"
    finally:
        printer.stop()
