"""What can go wrong between a slip and the paper; each with the short code that travels in ``print-failed``."""


class PrinterError(Exception):
    """Base class: the printer did not do it. ``code`` is the word for machines."""

    code = "printer-error"


class PaperOut(PrinterError, OSError):
    """The roll is at its end."""

    code = "paper-out"


class CoverOpen(PrinterError, OSError):
    """Somebody opened the cover."""

    code = "cover-open"


class PrinterOffline(PrinterError, ConnectionError):
    """Nobody is at the other end of the cable, or the printer says that it is off line."""

    code = "offline"


class PrinterSilent(PrinterError, TimeoutError):
    """The cable is there and nobody answers, or takes what is sent."""

    code = "silent"


class PrinterFault(PrinterError, OSError):
    """The printer reports a fault of its own: the cutter, the head."""

    code = "fault"


class TooLate(PrinterError, TimeoutError):
    """The slip waited longer than anybody would wait for it."""

    code = "too-late"


class RowsFailed(PrinterError, OSError):
    """The disk does not take the rows of the slips."""

    code = "disk"


class BadModel(PrinterError, ValueError):
    """There is no such model of printer, or its file can not be used."""

    code = "bad-model"


class BadTransport(PrinterError, ValueError):
    """There is no such kind of cable, or its address can not be read."""

    code = "bad-transport"


BY_CODE: dict[str, type[PrinterError]] = {
    kind.code: kind
    for kind in (PrinterError, PaperOut, CoverOpen, PrinterOffline, PrinterSilent, PrinterFault, TooLate)
}
"""Every code that a slip may end with."""
