"""How the virtual printer is, and how it says so when it is asked by DLE EOT."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class State:
    """How the printer is, as its owner's hand makes it."""

    paper: str = "ok"
    cover_open: bool = False
    fault: bool = False

    @property
    def stopped(self) -> bool:
        """Whether it prints nothing now."""
        return self.cover_open or self.fault or self.paper == "out"

    def answer(self, n: int) -> int:
        """The byte that answers DLE EOT n."""
        said = 0x12
        if n == 1:
            said |= 0x08 * self.stopped
        elif n == 2:
            said |= 0x04 * self.cover_open | 0x20 * (self.paper == "out") | 0x40 * self.fault
        elif n == 3:
            said |= 0x08 * self.fault
        elif n == 4:
            said |= 0x0C * (self.paper != "ok") | 0x60 * (self.paper == "out")
        return said
