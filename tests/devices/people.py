"""People at the kiosks, each at one of them: they press, read what it shows, and press again."""

from __future__ import annotations

import random
import threading
import time
from contextlib import suppress

from tests.devices.checker import Seen
from tests.devices.hall import SERVICES, Hall
from wire.pretend import PretendError

LOOKS_S = 0.05


class People:
    """Somebody at each of ``kiosks``; ``seen`` is every number that anybody could read so far."""

    def __init__(self, hall: Hall, seed: int) -> None:
        self._hall, self._seed = hall, seed
        self._ending = threading.Event()
        self._threads: list[threading.Thread] = []
        self._broken: list[BaseException] = []
        self.seen: set[Seen] = set()
        self.reserved: set[str] = set()
        """Those numbers among them that a kiosk gave by itself."""

    def begin(self) -> People:
        """Let them press until ``end``."""
        for kiosk in self._hall.kiosks:
            self._threads.append(threading.Thread(target=self._stand, args=(kiosk,), daemon=True))
            self._threads[-1].start()
        return self

    def end(self) -> set[Seen]:
        """Nobody presses any more; returns every number that was read."""
        self._ending.set()
        for thread in self._threads:
            thread.join(20)
        assert not self._broken, f"somebody fell ill: {self._broken[0]!r}"
        return self.seen

    def _stand(self, kiosk: str) -> None:
        draw = random.Random(f"{self._seed} {kiosk}")
        try:
            while not self._ending.is_set():
                with suppress(PretendError):        # the kiosk is down: one waits, and presses again
                    self._hall.do(kiosk, "press", button=f"service-{draw.randint(1, len(SERVICES))}")
                self._look(kiosk, draw.uniform(0.2, 1.2))
            self._look(kiosk, 1.0)
        except BaseException as wrong:  # handed to the test by `end`
            self._broken.append(wrong)

    def _look(self, kiosk: str, for_s: float) -> None:
        until = time.monotonic() + for_s
        while time.monotonic() < until:
            now: dict[str, object] = {}
            with suppress(PretendError):
                now = self._hall.showing(kiosk)
            if now.get("stage") == "taken":
                self.seen.add(Seen(kiosk, str(now["number"]), str(now["ticket"])))
                if now["reserved"]:
                    self.reserved.add(str(now["number"]))
            time.sleep(LOOKS_S)
