"""The talk with one printer over one cable: how it is, a slip, and whether the slip came out.

Rule 1: sent is not printed. A slip counts as printed when the printer has answered a question that stands behind it.
Rule 2: every question waits at most 0.3 s, and a printer that was asked and said nothing is silent.
Rule 3: after a slip that broke off, the next one begins by finding the printer's thread again.
"""

from __future__ import annotations

from collections.abc import Callable

from ticket_printer import encode, status
from ticket_printer.errors import PrinterError, PrinterOffline, PrinterSilent
from ticket_printer.model import Model
from ticket_printer.status import Condition
from ticket_printer.transports import Transport

ASK_S = 0.3
_PAPER_MM = 250
"""No slip is longer; so long a printer may take to print one."""
_GRACE_S = 3.0
_LISTEN_S = 0.25
_BELIEVED = 2
"""Times that trouble must be told while a slip comes out: dots may look like a question, and be answered."""


class Cable:
    """One printer at the end of one transport. One thread uses it.

    ``now``: a monotonic clock in seconds. ``byte_s``: seconds that a byte takes over a slow line, 0 for a fast one.
    """

    def __init__(self, transport: Transport, model: Model, *, now: Callable[[], float], byte_s: float = 0.0) -> None:
        self.where = transport.where
        self._transport, self._model, self._now = transport, model, now
        self._limit_s = _PAPER_MM / model.mm_per_s + _GRACE_S
        self._byte_s = byte_s
        self._is_open = False
        self._torn = False
        self._fences = 0
        self._answers: list[int] = []

    def check(self) -> Condition:
        """How the printer is, now. ``PrinterOffline``, ``PrinterSilent``."""
        fresh = not self._is_open
        try:
            return self._ask_all()
        except PrinterError:
            self.close()
            if fresh:
                raise
        try:
            return self._ask_all()              # the line may have been dead for hours, and the printer well
        except PrinterError:
            self.close()
            raise

    def put(self, slip: bytes) -> None:
        """Bring a slip to paper; returns when the printer has said that it is done.

        Whatever this raises, the slip may or may not have come out.
        """
        self._open()
        torn, self._torn = self._torn, True
        self._fences = 0
        data = (encode.resync(self._model) if torn else b"") + slip
        arrives = self._now() + len(data) * self._byte_s
        try:
            self._transport.send(data)
            self._wait_for_paper(arrives)
        except PrinterError:
            self.close()
            raise
        self._torn = False

    def close(self) -> None:
        """Let the cable go."""
        self._is_open = False
        self._transport.close()

    def _open(self) -> None:
        if not self._is_open:
            self._transport.open()
            self._is_open = True

    def _wait_for_paper(self, arrives: float) -> None:
        """Until the fence is answered. No question is asked while it would stand behind bytes that are under way:
        the system takes some thousands from us long before a slow line has brought them."""
        if not self._transport.answers:
            return
        until, told = max(arrives, self._now()) + self._limit_s, 0
        while True:
            self._listen(_LISTEN_S)
            if self._fences:
                return
            if self._now() < arrives:
                continue
            trouble = self._ask_all().trouble
            told = told + 1 if trouble else 0
            if trouble and told >= _BELIEVED:
                raise trouble
            if self._fences:
                return
            if self._now() >= until:
                if self._model.fence == "yes":
                    raise PrinterSilent(f"the printer at {self.where} did not say that the slip came out; look there")
                return                          # it is well all the time, and of a kind that may not know the question

    def _ask_all(self) -> Condition:
        self._open()
        if not self._transport.answers:
            return Condition()
        return status.condition({n: self._ask(n) for n in status.QUESTIONS}, where=self.where)

    def _ask(self, n: int) -> int:
        while self._listen(0):
            pass                                # late answers to earlier questions would be taken for this one's
        self._answers.clear()
        self._transport.send(status.question(n))
        until = self._now() + ASK_S
        while not self._answers:
            left = until - self._now()
            if left <= 0:
                raise PrinterSilent(f"the printer at {self.where} does not answer; is it on? switch it off and on")
            self._listen(left)
        return self._answers[-1]

    def _listen(self, timeout_s: float) -> bool:
        """Hear what there is; answers and fences are told apart by their fixed bits."""
        heard = self._transport.read(timeout_s)
        self._answers += [byte for byte in heard if status.is_answer(byte)]
        self._fences += sum(status.is_fence(byte) for byte in heard)
        return bool(heard)


def lost(wrong: PrinterError) -> bool:
    """Whether asking again soon is a waste of somebody's time."""
    return isinstance(wrong, PrinterOffline | PrinterSilent)
