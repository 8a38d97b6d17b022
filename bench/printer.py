"""The smallest network printer: says that it is well, takes slips, and notes when each slip's first byte came."""

from __future__ import annotations

import queue
import socket
import threading
import time
from contextlib import suppress

from bench.figures import NotMeasured

_QUESTION, _WELL = b"\x10\x04", b"\x12"
"""DLE EOT n asks how it is; these fixed bits alone mean: nothing is wrong."""
_FENCE, _PASSED = b"\x1dr\x01", b"\x00"
"""GS r 1, the last bytes of a slip, asks whether all before it is done."""


class Printer:
    """A printer that is always well, and prints as fast as the bytes come."""

    def __init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._door.getsockname()[1]}"
        self._first_bytes_s: queue.SimpleQueue[float] = queue.SimpleQueue()
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Printer:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def next_slip(self, within_s: float) -> float:
        """Wait for the next slip; `time.monotonic()` at its first byte. `NotMeasured` where none comes."""
        try:
            return self._first_bytes_s.get(timeout=within_s)
        except queue.Empty:
            raise NotMeasured(f"no slip came to the printer within {within_s:g} s") from None

    def _serve(self) -> None:
        while True:
            try:
                caller = self._door.accept()[0]
            except OSError:
                return
            with caller, suppress(OSError):
                caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._hear(caller)

    def _hear(self, caller: socket.socket) -> None:
        slip, unread = False, b""
        while heard := caller.recv(65_536):
            at_s, unread = time.monotonic(), unread + heard
            while not slip and unread[:2] == _QUESTION and len(unread) >= 3:
                unread = unread[3:]
                caller.sendall(_WELL)
            if not slip and unread and not _QUESTION.startswith(unread[:2]):
                slip = True
                self._first_bytes_s.put(at_s)
            if slip and unread.endswith(_FENCE):
                slip, unread = False, b""
                caller.sendall(_PASSED)
