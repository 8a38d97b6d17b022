"""A printer with a network plug: raw bytes over TCP, port 9100 by custom."""

from __future__ import annotations

import select
import socket

from firmware_config.forms import Address, BadAddress
from ticket_printer.errors import BadTransport, PrinterOffline, PrinterSilent

_CONNECT_S = 1.0


class Network:
    """See ``Transport``."""

    answers = True

    def __init__(self, address: str, *, baud: int = 0, stall_s: float) -> None:
        try:
            self._address = Address.read(address)
        except BadAddress as wrong:
            raise BadTransport(f"the printer's address: {wrong}") from None
        self.where = address
        self._stall_s = stall_s
        self._line: socket.socket | None = None

    def open(self) -> None:
        """See ``Transport``."""
        self.close()
        try:
            self._line = socket.create_connection((self._address.host, self._address.port), timeout=_CONNECT_S)
            self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._line.setblocking(False)
        except OSError as wrong:
            self.close()
            raise PrinterOffline(f"no printer at {self.where} ({wrong}); is it on, and on the network?") from None

    def send(self, data: bytes) -> None:
        """See ``Transport``."""
        line, rest = self._open_line(), memoryview(data)
        try:
            while rest:
                if not select.select([], [line], [], self._stall_s)[1]:
                    raise PrinterSilent(f"the printer at {self.where} takes nothing; switch it off and on")
                rest = rest[line.send(rest):]
        except PrinterSilent:
            raise
        except OSError as wrong:
            raise self._lost(wrong) from None

    def read(self, timeout_s: float) -> bytes:
        """See ``Transport``."""
        line = self._open_line()
        try:
            if not select.select([line], [], [], timeout_s)[0]:
                return b""
            heard = line.recv(4096)
        except OSError as wrong:
            raise self._lost(wrong) from None
        if not heard:
            raise self._lost("it hung up")
        return heard

    def close(self) -> None:
        """See ``Transport``."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _open_line(self) -> socket.socket:
        if self._line is None:
            raise PrinterOffline(f"the line to the printer at {self.where} is not open")
        return self._line

    def _lost(self, why: object) -> PrinterOffline:
        return PrinterOffline(f"the line to the printer at {self.where} is lost ({why}); is it on?")
