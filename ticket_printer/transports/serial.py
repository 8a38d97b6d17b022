"""A printer on a serial line: RS-232, or USB that pretends to be one."""

from __future__ import annotations

import termios

import serial

from ticket_printer.errors import PrinterOffline, PrinterSilent

_CHUNK = 512
"""Bytes handed over at once, so that a printer that stops is noticed and not only a slow one."""

_GONE = (OSError, termios.error)
"""What pyserial raises when the plug is pulled; the second is none of the first."""


class Serial:
    """See ``Transport``. XON/XOFF holds the line back where the printer asks for it; its answers never look like
    XOFF, whose lowest bit is set and theirs is not."""

    answers = True

    def __init__(self, address: str, *, baud: int, stall_s: float) -> None:
        self.where = address
        self._baud, self._stall_s = baud, stall_s
        self._line: serial.Serial | None = None

    def open(self) -> None:
        """See ``Transport``."""
        self.close()
        try:
            # exclusive: two programs on one line would mix their slips. dsrdtr stays off: many cables lack the wires.
            self._line = serial.Serial(self.where, self._baud, timeout=0, xonxoff=True, exclusive=True,
                                       write_timeout=self._stall_s + _CHUNK * 10 / self._baud)
        except (*_GONE, ValueError) as wrong:
            self.close()
            raise PrinterOffline(f"no printer on {self.where} ({wrong}); is it plugged in?") from None

    def send(self, data: bytes) -> None:
        """See ``Transport``."""
        line = self._open_line()
        try:
            for start in range(0, len(data), _CHUNK):
                line.write(data[start:start + _CHUNK])
        except serial.SerialTimeoutException:
            raise PrinterSilent(f"the printer on {self.where} takes nothing; switch it off and on") from None
        except _GONE as wrong:
            raise self._lost(wrong) from None

    def read(self, timeout_s: float) -> bytes:
        """See ``Transport``."""
        line = self._open_line()
        try:
            line.timeout = timeout_s
            first: bytes = line.read(1)              # asked for more, it would wait for all of it
            return first + line.read(line.in_waiting) if first else b""
        except _GONE as wrong:
            raise self._lost(wrong) from None

    def close(self) -> None:
        """See ``Transport``."""
        if self._line is not None:
            try:
                self._line.reset_output_buffer()     # else closing waits for what nobody takes
                self._line.close()
            except _GONE:
                pass                                 # the plug was pulled: there is nothing to close
            self._line = None

    def _open_line(self) -> serial.Serial:
        if self._line is None:
            raise PrinterOffline(f"the line to the printer on {self.where} is not open")
        return self._line

    def _lost(self, why: object) -> PrinterOffline:
        return PrinterOffline(f"the line to the printer on {self.where} is lost ({why}); plug it in again")
