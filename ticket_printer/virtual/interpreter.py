"""ESC/POS read byte by byte, after Epson's reference: what a printer does with what it is sent.

Rule 1: commands that act at once (DLE EOT, DLE DC4) are seen as they arrive, wherever they stand, even in a drawing.
Rule 2: all else acts in its turn, and only while there is paper and the cover is closed.
Rule 3: a command that is not known is skipped by one byte and remembered in ``strange``; nothing here fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image

from ticket_printer.virtual.dots import Code, dots_of, grown
from ticket_printer.virtual.paper import WHITE, Roll
from ticket_printer.virtual.state import State
from ticket_printer.virtual.writing import LINE, Writing

ESC, FS, GS, DLE = 0x1B, 0x1C, 0x1D, 0x10
_CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
_KNIFE = 24
"""Dots from the head to the knife of this printer."""
_LONGEST = 1 << 20

# Lengths of commands that this printer has and that change no dot.
_IDLE_ESC = {b" ": 3, b"G": 3, b"R": 3, b"V": 3, b"{": 3, b"p": 5, b"c": 4, b"=": 3, b"r": 3, b"$": 4, b"\\": 4,
             b"S": 2, b"L": 2, b"U": 3}
_IDLE_GS = {b"B": 3, b"L": 4, b"W": 4, b"P": 4, b"a": 3, b"b": 3, b"H": 3, b"h": 3, b"w": 3, b"f": 3, b"I": 3}
_IDLE_FS = {b".": 2, b"&": 2, b"p": 4, b"!": 3}


@dataclass
class Interpreter:
    """Takes bytes, prints on a roll, answers by ``say``."""

    roll: Roll
    state: State
    say: Callable[[bytes], None]
    knife: bool = True
    """Without one somebody tears the slip off when the printer has said that it is done."""
    strange: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._buffer = bytearray()
        self._tail = b""
        self._writing, self._code = Writing(self.roll.width), Code()
        self._stored: Image.Image | None = None
        self._left_over: Image.Image | None = None
        self._cut_waits = False

    # -- bytes come in

    def feed(self, data: bytes) -> None:
        """Take these bytes, and do what can be done."""
        self._at_once(data)
        self._buffer += data
        if (at := self._buffer.rfind(_CLEAR)) >= 0:
            del self._buffer[:at + len(_CLEAR)]
            self._left_over, self._cut_waits = None, False
            self._writing.forget()
        self.go_on()

    def go_on(self) -> None:
        """Do what waits; called again when the paper or the cover has changed."""
        while not self.state.stopped:
            if self._left_over is not None:
                self._left_over = self.roll.print(self._left_over)
                continue
            if self._cut_waits:
                self._cut_waits = False
                self.roll.cut(complete=True)
            used = self._step()
            if not used:
                return
            del self._buffer[:used]

    @property
    def waiting(self) -> int:
        """Bytes taken and not yet done."""
        return len(self._buffer)

    def _at_once(self, data: bytes) -> None:
        seen = self._tail + data
        at = seen.find(b"\x10\x04")
        while 0 <= at < len(seen) - 2:
            if 1 <= seen[at + 2] <= 4:
                self.say(bytes((self.state.answer(seen[at + 2]),)))
            at = seen.find(b"\x10\x04", at + 1)
        self._tail = seen[at:] if at >= 0 else (b"\x10" if seen.endswith(b"\x10") else b"")

    # -- one command

    def _step(self) -> int:
        """Do the first command of the buffer; how many bytes it was, 0 while some are missing."""
        if not self._buffer:
            return 0
        first = self._buffer[0]
        if first in (ESC, FS, GS, DLE):
            if len(self._buffer) < 2:
                return 0
            return {ESC: self._esc, FS: self._fs, GS: self._gs, DLE: self._dle}[first]()
        if first == 0x0A:
            self._flush()
        elif first >= 0x20:
            self._letter(first)
        return 1

    def _esc(self) -> int:
        name = bytes(self._buffer[1:2])
        if name == b"@":
            self._writing, self._code = Writing(self.roll.width), Code()
            return 2
        if name == b"2":
            self._writing.style.spacing = LINE
            return 2
        if name in b"im":
            self._cut()
            return 2
        if name == b"*":
            return self._columns()
        if name in _IDLE_ESC:
            return self._whole(_IDLE_ESC[name])
        if name not in b"aE-Mt!dJ3":
            return self._skip()
        if len(self._buffer) < 3:
            return 0
        self._esc_with(name, self._buffer[2])
        return 3

    def _esc_with(self, name: bytes, n: int) -> None:
        style = self._writing.style
        if name == b"a":
            style.align = n % 48 if n % 48 < 3 else 0
        elif name == b"E":
            style.bold = bool(n & 1)
        elif name == b"-":
            style.underlined = n % 48 > 0
        elif name == b"M":
            style.face = n % 48 % 2
        elif name == b"t":
            style.page = n
        elif name == b"3":
            style.spacing = n
        elif name == b"!":
            style.face, style.bold, style.underlined = n & 1, bool(n & 8), bool(n & 128)
            style.high, style.wide = 2 if n & 16 else 1, 2 if n & 32 else 1
        elif name == b"d":
            self._flush(lines=n)
        elif name == b"J":
            self._flush(dots=n)

    def _gs(self) -> int:
        name = bytes(self._buffer[1:2])
        if name == b"v":
            return self._raster()
        if name == b"(":
            return self._long()
        if name in _IDLE_GS:
            return self._whole(_IDLE_GS[name])
        if name not in b"!Vr":
            return self._skip()
        if len(self._buffer) < 3:
            return 0
        n = self._buffer[2]
        if name == b"!":
            self._writing.style.wide, self._writing.style.high = (n >> 4 & 7) + 1, (n & 7) + 1
        elif name == b"r":
            self.say(bytes((0x03 * (self.state.paper != "ok"),)))
            if not self.knife:
                self.roll.cut(complete=True)
        elif n in (65, 66):
            if len(self._buffer) < 4:
                return 0
            self._flush(dots=self._buffer[3] + _KNIFE)
            self._cut()
            return 4
        else:
            self._cut()
        return 3

    def _fs(self) -> int:
        name = bytes(self._buffer[1:2])
        return self._whole(_IDLE_FS[name]) if name in _IDLE_FS else self._skip()

    def _dle(self) -> int:
        """What acted at once stands here too; in its turn it does nothing."""
        name = self._buffer[1]
        if name in (0x04, 0x05):
            return self._whole(3)
        return self._whole(5) if name == 0x14 else self._skip()

    def _whole(self, length: int) -> int:
        return length if len(self._buffer) >= length else 0

    def _skip(self) -> int:
        self.strange.append(self._buffer[1])
        return 1

    # -- drawings

    def _raster(self) -> int:
        """GS v 0: rows of dots, eight to a byte."""
        if len(self._buffer) < 8:
            return 0
        mode, across, down = self._buffer[3] & 3, self._word(4), self._word(6)
        length = 8 + across * down
        if length > _LONGEST:
            return self._skip()
        if len(self._buffer) < length:
            return 0
        if down and across:
            dots = dots_of(bytes(self._buffer[8:length]), across * 8, down)
            self._print(grown(dots, 1 + (mode & 1), 1 + (mode >> 1)))
        return length

    def _columns(self) -> int:
        """ESC *: columns of 8 or 24 dots; part of the line that is being written."""
        if len(self._buffer) < 5:
            return 0
        mode, across = self._buffer[2], self._word(3)
        deep = 3 if mode >= 32 else 1
        length = 5 + across * deep
        if len(self._buffer) < length:
            return 0
        if across:
            data = bytes(self._buffer[5:length])
            turned = dots_of(data, deep * 8, across).transpose(Image.Transpose.TRANSPOSE)
            wide = 1 if mode in (1, 33) else 2
            self._writing.add(grown(turned, wide, 1 if deep == 3 else 3))
        return length

    def _long(self) -> int:
        """GS ( x: with a length of its own."""
        if len(self._buffer) < 5:
            return 0
        length = 5 + self._word(3)
        if len(self._buffer) < length:
            return 0
        given = bytes(self._buffer[5:length])
        if self._buffer[2:3] == b"k" and given[:1] == b"1":
            self._qr(given[1], given[2:])
        elif self._buffer[2:3] == b"L" and len(given) >= 2:
            self._graphics(given)
        return length

    def _graphics(self, given: bytes) -> None:
        """GS ( L: a drawing is kept (112) and then printed (50)."""
        if given[1] == 112 and len(given) >= 10:
            across, down = int.from_bytes(given[6:8], "little"), int.from_bytes(given[8:10], "little")
            rows = dots_of(given[10:], (across + 7) // 8 * 8, down).crop((0, 0, across, down))
            self._stored = grown(rows, given[3], given[4])
        elif given[1] in (2, 50) and self._stored is not None:
            self._print(self._stored)
            self._stored = None

    def _qr(self, function: int, given: bytes) -> None:
        """GS ( k: size (67), level (69), content (80), print (81)."""
        if function == 67 and given:
            self._code.module = min(max(given[0], 1), 16)
        elif function == 69 and given:
            self._code.level = given[0]
        elif function == 80:
            self._code.content = given[1:]
        elif function == 81 and self._code.content:
            self.roll.note_code(self._code.content.decode("utf-8", "replace"))
            self._print(self._code.drawn())

    def _word(self, at: int) -> int:
        return self._buffer[at] | self._buffer[at + 1] << 8

    # -- letters

    def _letter(self, code: int) -> None:
        if not self._writing.letter(code):
            self._flush()
            self._writing.letter(code)

    def _flush(self, *, lines: int = 1, dots: int = 0) -> None:
        """Print the line that was written, and feed: some lines, or some dots instead of a line."""
        strip, words = self._writing.taken(lines, dots)
        if words:
            self.roll.note_text(words)
        if strip is not None:
            self._print(strip)

    # -- paper

    def _print(self, dots: Image.Image) -> None:
        """Put dots on the paper, where the line's alignment says; what is too wide is lost at the right."""
        room = self.roll.width - dots.width
        x = max({0: 0, 1: room // 2, 2: room}[self._writing.style.align], 0)
        strip = Image.new("1", (self.roll.width, dots.height), WHITE)
        strip.paste(dots, (x, 0))
        self._left_over = self.roll.print(strip)

    def _cut(self) -> None:
        """Cut, when what stands before it is on the paper."""
        self._cut_waits = self.knife
