"""A printer as a file: ``/dev/usb/lp0``, which answers, or a plain file that collects slips and never does."""

from __future__ import annotations

import os
import select

from ticket_printer.errors import PrinterOffline, PrinterSilent

_DEVICE = os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY
_PLAIN = os.O_WRONLY | os.O_CREAT | os.O_APPEND


class File:
    """See ``Transport``. What is in ``/dev`` is a device; a plain file elsewhere is made where it is missing."""

    def __init__(self, address: str, *, baud: int = 0, stall_s: float) -> None:
        self.where = address
        self._stall_s = stall_s
        self._file: int | None = None
        self._is_device = False

    @property
    def answers(self) -> bool:
        """See ``Transport``: a plain file says nothing."""
        return self._is_device

    def open(self) -> None:
        """See ``Transport``."""
        self.close()
        try:
            # A device that is not there must not become a plain file that swallows slips.
            self._is_device = os.path.realpath(self.where).startswith("/dev/")
            self._file = os.open(self.where, _DEVICE if self._is_device else _PLAIN, 0o600)
        except OSError as wrong:
            raise PrinterOffline(f"no printer at {self.where} ({wrong.strerror}); is it plugged in?") from None

    def send(self, data: bytes) -> None:
        """See ``Transport``."""
        file, rest = self._open_file(), memoryview(data)
        try:
            while rest:
                if self._is_device and not select.select([], [file], [], self._stall_s)[1]:
                    raise PrinterSilent(f"the printer at {self.where} takes nothing; switch it off and on")
                rest = rest[os.write(file, rest):]
        except PrinterSilent:
            raise
        except OSError as wrong:
            raise self._lost(wrong) from None

    def read(self, timeout_s: float) -> bytes:
        """See ``Transport``."""
        file = self._open_file()
        try:
            if not self._is_device or not select.select([file], [], [], timeout_s)[0]:
                return b""
            heard = os.read(file, 4096)
        except OSError as wrong:
            raise self._lost(wrong) from None
        if not heard:
            raise self._lost("it hung up")
        return heard

    def close(self) -> None:
        """See ``Transport``."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open_file(self) -> int:
        if self._file is None:
            raise PrinterOffline(f"the printer at {self.where} is not open")
        return self._file

    def _lost(self, why: object) -> PrinterOffline:
        return PrinterOffline(f"the printer at {self.where} is lost ({why}); plug it in again")
