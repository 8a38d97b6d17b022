"""Halls for the tests: whole demo offices with all their devices on pretend hardware."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.devices.checker import Office
from tests.devices.hall import Hall, open_hall


@pytest.fixture(scope="module")
def opened() -> Iterator[Hall]:
    """One hall for a whole file, with a kiosk, three boxes, a TV and a printer."""
    with open_hall() as hall:
        yield hall


@pytest.fixture(scope="module")
def office(opened: Hall) -> Office:
    """What lies on that hall's disks."""
    return Office(opened.data)


@pytest.fixture
def hall(opened: Hall) -> Hall:
    """The file's hall, with the kiosk at rest and nobody at the counters."""
    for n in (1, 2, 3):
        lamps = opened.lamps(f"counter-{n}")
        if "on" in (lamps["calling"], lamps["serving"]):
            opened.do(f"counter-{n}", "press", button="finish")
            opened.lamp_becomes(f"counter-{n}", "calling", "off")
    return opened
