"""The virtual printer at its plug: a network port or a serial line, and what a hand can do to it.

It is as difficult as a real one: it keeps the half of a command when the line breaks, answers at once although it
prints nothing, and stops in the middle of a letter when the paper ends.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import tty
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ticket_printer.virtual.interpreter import Interpreter
from ticket_printer.virtual.paper import Roll
from ticket_printer.virtual.state import State

_CHUNK = 1024
_TICK_S = 0.05
_UNPLUGGED = "/dev/no-printer"


class VirtualPrinter:
    """A printer that draws its slips as PNG files into ``folder``.

    ``cable``: ``network`` or ``pty``; a pty has the name ``tty`` (a link). ``baud`` slows a pty down to that line
    speed; 0 does not. ``address`` is known after ``start``.
    """

    def __init__(self, folder: Path, *, cable: str = "network", width_dots: int = 576, knife: bool = True,
                 baud: int = 0, tty: Path | None = None, port: int = 0) -> None:
        self.address = ""
        self.state = State()
        self._roll = Roll(folder, width_dots)
        self._roll.on_end = self._paper_ended
        self._interpreter = Interpreter(self._roll, self.state, self._say, knife)
        self._cable, self._baud, self._tty, self._port = cable, baud, tty, port
        self._one = threading.RLock()
        self._stopping = threading.Event()
        self._hanging = self._mute = self._unplugged = False
        self._cut_after: int | None = None
        self._door: socket.socket | None = None
        self._caller: socket.socket | None = None
        self._ends: tuple[int, int] | None = None
        self._thread: threading.Thread | None = None

    # -- plugged in and out

    def start(self) -> None:
        """Plug it in."""
        self._stopping.clear()
        if self._cable == "network":
            self._listen()
        else:
            self._open_pty()
        self._thread = threading.Thread(target=self._serve, name="virtual-printer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Pull the plug."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(2.0)
        with self._one:
            self._hang_up()
            self._close_door()

    def _listen(self) -> None:
        door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(("127.0.0.1", self._port))
        door.listen(4)
        self._door, self._port = door, int(door.getsockname()[1])
        self.address = f"127.0.0.1:{self._port}"

    def _open_pty(self) -> None:
        master, slave = os.openpty()
        tty.setraw(slave)
        self._ends = master, slave
        self.address = os.ttyname(slave)
        self._name(self.address)

    def _name(self, device: str) -> None:
        """Let the link lead to that device. Unplugged it leads nowhere, and not to somebody else's new terminal."""
        if self._tty is not None:
            self._tty.parent.mkdir(parents=True, exist_ok=True)
            self._tty.unlink(missing_ok=True)
            self._tty.symlink_to(device)
            self.address = str(self._tty)

    def _close_door(self) -> None:
        if self._door is not None:
            with suppress(OSError):
                self._door.shutdown(socket.SHUT_RDWR)     # closed alone, it would listen on while a select sleeps on it
            self._door.close()
            self._door = None
        if self._ends is not None:
            for end in self._ends:
                with suppress(OSError):
                    os.close(end)
            self._ends = None
            self._name(_UNPLUGGED)

    def _hang_up(self) -> None:
        if self._caller is not None:
            # A reset, as when the plug is pulled; what was said before it may be lost too.
            with suppress(OSError):
                self._caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self._caller.close()
            self._caller = None

    # -- bytes

    def _serve(self) -> None:
        while not self._stopping.is_set():
            with self._one:
                sources = [one for one in (self._door, self._caller, self._ends[0] if self._ends else None)
                           if one is not None]
            if self._hanging or self._unplugged or not sources:
                self._stopping.wait(_TICK_S)
                continue
            try:
                ready = select.select(sources, [], [], _TICK_S)[0]
            except (OSError, ValueError):
                continue                                  # closed by a verb meanwhile
            with self._one:
                if self._door in ready and self._door is not None:
                    self._accept(self._door)
                elif ready and not self._hanging:
                    self._take()

    def _accept(self, door: socket.socket) -> None:
        # Whoever comes takes over, for the line before may be dead without anybody's having said so.
        with suppress(OSError):
            caller = door.accept()[0]
            self._hang_up()
            self._caller = caller

    def _take(self) -> None:
        size = _CHUNK if self._cut_after is None else min(_CHUNK, self._cut_after)
        if self._baud:
            size = min(size, max(1, self._baud // 10 // 20))
        try:
            if self._caller is not None:
                data = self._caller.recv(size)
            elif self._ends is not None:
                data = os.read(self._ends[0], size)
            else:
                return
        except OSError:
            data = b""
        if not data:
            if self._caller is not None:
                self._hang_up()
            else:
                self._stopping.wait(_TICK_S)
            return
        if self._baud:
            self._stopping.wait(len(data) * 10 / self._baud)
        self._interpreter.feed(data)
        if self._cut_after is not None:
            self._cut_after -= len(data)
            if self._cut_after <= 0:
                self._cut_after = None
                self._drop()

    def _say(self, answer: bytes) -> None:
        if self._mute:
            return
        with suppress(OSError):
            if self._caller is not None:
                self._caller.sendall(answer)
            elif self._ends is not None:
                os.write(self._ends[0], answer)

    # -- what a hand can do

    def verbs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        """What a hand can do to it; each by its name."""
        return {"paper": self.paper, "cover": self.cover, "fault": self.fault, "hang": self.hang, "mute": self.mute,
                "drop": self.drop, "unplug": self.unplug, "cut_line": self.cut_line, "slips": self.slips,
                "tear": self.tear, "look": self.look}

    def paper(self, state: str = "ok", after_rows: int = 0) -> None:
        """``ok``, ``low`` or ``out``; ``out`` with ``after_rows`` comes when so many more rows of dots are printed.
        A new roll: what hung out of the old one is torn off."""
        if state not in ("ok", "low", "out"):
            raise ValueError(f"paper can be ok, low or out, not {state!r}")
        with self._one:
            if state == "out" and after_rows > 0:
                self._roll.rows_left = after_rows
                return
            was_out, self.state.paper = self.state.paper == "out", state
            self._roll.rows_left = None
            if was_out and state != "out":
                self._roll.cut(complete=False)
            self._interpreter.go_on()

    def _paper_ended(self) -> None:
        self.state.paper = "out"

    def cover(self, open: bool = False) -> None:
        """Open or close the cover."""
        with self._one:
            self.state.cover_open = bool(open)
            self._interpreter.go_on()

    def fault(self, on: bool = True) -> None:
        """The cutter jams, or is freed."""
        with self._one:
            self.state.fault = bool(on)
            self._interpreter.go_on()

    def hang(self, on: bool = True) -> None:
        """It takes nothing and says nothing, and is there all the same."""
        self._hanging = bool(on)

    def mute(self, on: bool = True) -> None:
        """It prints and says nothing."""
        self._mute = bool(on)

    def drop(self) -> None:
        """The line breaks, once; it can be opened again at once."""
        with self._one:
            self._drop()

    def _drop(self) -> None:
        self._hang_up()
        if self._cable != "network" and self._ends is not None:
            self._close_door()
            self._open_pty()

    def unplug(self, on: bool = True) -> None:
        """The plug is out, until it is put in again."""
        with self._one:
            if on and not self._unplugged:
                self._hang_up()
                self._close_door()
            elif not on and self._unplugged:
                if self._cable == "network":
                    self._listen()
                else:
                    self._open_pty()
            self._unplugged = bool(on)

    def cut_line(self, after_bytes: int) -> None:
        """The line breaks when so many more bytes have come in."""
        with self._one:
            self._cut_after = max(1, int(after_bytes))

    def tear(self) -> Mapping[str, Any]:
        """Tear off what hangs out."""
        with self._one:
            torn = self._roll.cut(complete=self._interpreter.waiting == 0)
        return {"png": str(torn) if torn else None}

    def slips(self, last: int = 0) -> Mapping[str, Any]:
        """The slips that came out, oldest first: ``png``, ``texts``, ``qr``, ``rows``, ``complete``."""
        with self._one:
            found = self._roll.slips()
        return {"slips": found[-last:] if last else found}

    def look(self) -> Mapping[str, Any]:
        """How it is, as somebody sees who stands before it."""
        with self._one:
            return {"paper": self.state.paper, "cover_open": self.state.cover_open, "fault": self.state.fault,
                    "hanging": self._hanging, "mute": self._mute, "unplugged": self._unplugged,
                    "waiting_bytes": self._interpreter.waiting, "strange": len(self._interpreter.strange)}
