"""Boards: which button and which lamp is on which pin of the Raspberry Pi's header; and docs/WIRING.md, made from them.

1. A board is a file of boards/; adding one is adding a file.
2. A pin has one use, and pins that the Pi needs for itself, its clock or a serial printer are refused.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware_config.guesses import guess

BOARDS = Path(__file__).with_name("boards")

HEADER_PIN = {
    2: 3, 3: 5, 4: 7, 14: 8, 15: 10, 17: 11, 18: 12, 27: 13, 22: 15, 23: 16, 24: 18, 10: 19, 9: 21, 25: 22, 11: 23,
    8: 24, 7: 26, 0: 27, 1: 28, 5: 29, 6: 31, 12: 32, 13: 33, 19: 35, 16: 36, 26: 37, 20: 38, 21: 40,
}
"""BCM number to place on the 40-pin header, the same on every Raspberry Pi since the B+."""
GROUNDS = (6, 9, 14, 20, 25, 30, 34, 39)
POWER = {1: "3.3 V", 2: "5 V", 4: "5 V", 17: "3.3 V"}
TAKEN = {
    0: "the Pi reads what is plugged on from it at boot", 1: "the Pi reads what is plugged on from it at boot",
    2: "the battery clock (I2C) is there", 3: "the battery clock (I2C) is there",
    14: "a serial printer or the console is there", 15: "a serial printer or the console is there",
}
HIGH_AT_BOOT = range(9)
"""GPIO 0 to 8 are pulled up until a program says otherwise (BCM2835 ARM Peripherals, table 6-31)."""
_NAME = re.compile(r"[a-z0-9-]{1,32}")


class PanelError(Exception):
    """Base class: buttons and lamps can not be used."""


class NoBoard(PanelError, LookupError):
    """There is no such board, or its file is wrong; the message holds every mistake and its cure."""


@dataclass(frozen=True, slots=True)
class Board:
    """Pins (BCM numbers) by the names of buttons and lamps.

    `holds` are the buttons that mean something else when held; their press counts only when they are let go.
    """

    buttons: dict[str, int]
    lamps: dict[str, int]
    holds: tuple[str, ...] = ()
    about: str = ""


def names() -> tuple[str, ...]:
    """The boards there are."""
    return tuple(sorted(path.stem for path in BOARDS.glob("*.toml")))


def board(name: str) -> Board:
    """The board of that name. Raises NoBoard."""
    if name not in names():
        raise NoBoard(f"there is no board {name!r}{guess(name, names())}")
    return read(name, (BOARDS / f"{name}.toml").read_text(encoding="utf-8"))


def read(name: str, text: str) -> Board:
    """A board from the text of its file. Raises NoBoard with every mistake at once."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise NoBoard(f"boards/{name}.toml: {wrong}; see https://toml.io for the form") from None
    wrong_in = list(_complaints(found))
    if wrong_in:
        raise NoBoard("\n  ".join([f"boards/{name}.toml can not be used:", *wrong_in]))
    return Board(dict(found.get("buttons", {})), dict(found.get("lamps", {})), tuple(found.get("holds", ())),
                 str(found.get("about", "")))


def _complaints(found: dict[str, Any]) -> Iterator[str]:
    known = ("about", "holds", "buttons", "lamps")
    for key in found:
        if key not in known:
            yield f"unknown key {key!r}{guess(key, known)}"
    used: dict[int, str] = {}
    for kind in ("buttons", "lamps"):
        table = found.get(kind, {})
        if not isinstance(table, dict):
            yield f"{kind} must be a section [{kind}] of lines such as next = 5"
            continue
        for name, pin in table.items():
            place = f"[{kind}] {name} = {pin}"
            if not _NAME.fullmatch(name):
                yield f"{place}: {name!r} is no name; write 1 to 32 of a–z, 0–9 and -"
            if type(pin) is not int or pin not in HEADER_PIN:
                yield f"{place} is no pin; write the BCM number, 4 to 27"
            elif pin in TAKEN:
                yield f"{place}: GPIO {pin} is not free: {TAKEN[pin]}; choose another"
            elif pin in used:
                yield f"{place}: GPIO {pin} is already that of {used[pin]}; choose another"
            elif kind == "lamps" and pin in HIGH_AT_BOOT:
                yield f"{place}: GPIO {pin} is high while the Pi boots, so the lamp would glow; choose 9 to 27"
            else:
                used[pin] = f"[{kind}] {name}"
    buttons, holds = found.get("buttons", {}), found.get("holds", [])
    for name in holds if isinstance(holds, list) else [holds]:
        if not isinstance(buttons, dict) or name not in buttons:
            yield f"holds names {name!r}, which is no button{guess(name, buttons)}"


_INTRO = """\
# Wiring

<!-- Made by `python -m firmware_config.wiring`. Do not edit: change the boards in firmware_config/boards. -->

Which button and which lamp goes to which pin of a Raspberry Pi's 40-pin header. Switch the Pi off and unplug it before
touching the header. A board of your own is one more file in `firmware_config/boards`; it is refused when two things
share a pin or when a pin is taken.

- **A button** is a switch between its pin and a ground pin, nothing else: the Pi's own pull-up holds the pin high, a
  press pulls it low. With cables over a metre, twist each with its ground and add 1 kΩ between switch and pin and
  10 kΩ from the pin to 3.3 V (header pin 1 or 17).
- **A lamp** is lit when its pin is high. A small LED takes 330 Ω in series (3.3 V, about 4 mA; at most 16 mA a pin
  and 50 mA in all). The 5 V or 12 V lamp of a large button takes a transistor or a ULN2803 with its own supply: never
  its voltage on a pin, and the two grounds joined.
- **Never 5 V on a pin.** Header pins 2 and 4 carry 5 V; leave them to the power of lamps.
- Not free on any board: GPIO 0 and 1 (read at boot), 2 and 3 (battery clock), 14 and 15 (serial printer, console).
  Lamps are on GPIO 9 to 27, which are low while the Pi boots.
"""


def page() -> str:
    """docs/WIRING.md as Markdown."""
    return _INTRO + "".join(_section(name, board(name)) for name in names())


def _section(name: str, one: Board) -> str:
    rows = [(f"button `{button}`" + (" (also held)" if button in one.holds else ""), pin)
            for button, pin in one.buttons.items()]
    rows += [(f"lamp `{lamp}`", pin) for lamp, pin in one.lamps.items()]
    table = "".join(f"| {what} | GPIO {pin} | {HEADER_PIN[pin]} | {_ground_near(HEADER_PIN[pin])} |\n"
                    for what, pin in rows)
    return (f"\n## {name}\n\n{one.about}\n\n| what | BCM | header pin | ground nearby |\n| --- | --- | --- | --- |\n"
            f"{table}\nPin 1 is at the end away from the USB sockets; the odd numbers are the inner row.\n\n"
            f"```\n{_header(one)}```\n")


def _ground_near(place: int) -> int:
    """The nearest ground, of the same row of the header where two are as near."""
    return min(GROUNDS, key=lambda ground: (abs((ground + 1) // 2 - (place + 1) // 2), ground % 2 != place % 2))


def _header(one: Board) -> str:
    used = {HEADER_PIN[pin]: f"{name} ◄" for name, pin in one.buttons.items()}
    used |= {HEADER_PIN[pin]: f"{name} ☼" for name, pin in one.lamps.items()}
    free = {**dict.fromkeys(GROUNDS, "ground"), **POWER}
    left = [used.get(place, free.get(place, "·")) for place in range(1, 40, 2)]
    right = [used.get(place, free.get(place, "·")) for place in range(2, 41, 2)]
    width = max(map(len, left))
    return "".join(f"{one_side:>{width}}  {place:>2} {place + 1:<2}  {other}\n"
                   for one_side, other, place in zip(left, right, range(1, 40, 2), strict=True)) \
        + "\n◄ button   ☼ lamp   · not used\n"


if __name__ == "__main__":
    sys.stdout.write(page())
