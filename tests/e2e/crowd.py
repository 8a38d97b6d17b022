"""People and clerks in a hurry: devices that ask without pause, resend what is not answered, and note every answer."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.e2e.device import Device, new_id
from tests.e2e.oracle import Key

SERVICES = ("chung-thuc", "ho-tich", "dat-dai", "kinh-te", "chinh-sach", "nhan-ket-qua")
AGAIN_S = 0.5


class Crowd:
    """Threads of devices; ``acknowledged`` is all that anybody was told, by (device, id)."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._devices: list[Device] = []
        self._threads: list[threading.Thread] = []
        self._ending = threading.Event()
        self.broken: list[BaseException] = []
        self.asked: dict[Key, dict[str, Any]] = {}

    def press(self, device: Device, work: Callable[[Device, random.Random], None]) -> None:
        """Let a device do ``work`` again and again, in a thread of its own."""
        draw = random.Random(f"{self._seed} {device.name}")
        self._devices.append(device)

        def run() -> None:
            try:
                while not self._ending.is_set():
                    work(device, draw)
            except BaseException as wrong:  # handed to the test by `end`
                self.broken.append(wrong)

        self._threads.append(threading.Thread(target=run, daemon=True))
        self._threads[-1].start()

    def end(self) -> dict[Key, bytes]:
        """Let everybody finish the wish they are at; returns all that they were told."""
        self._ending.set()
        for thread in self._threads:
            thread.join(30)
        told = self.acknowledged()
        for device in self._devices:
            device.stop()
        assert not self.broken, f"a device broke: {self.broken[0]!r}"
        assert not any(thread.is_alive() for thread in self._threads)
        wrong = {device.name: device.contradictions for device in self._devices if device.contradictions}
        assert not wrong, f"one id, two answers: {wrong}"
        return told

    def acknowledged(self) -> dict[Key, bytes]:
        """Every answer so far."""
        return {(d.name, id_): reply for d in self._devices for id_, reply in list(d.answers.items())}

    # -- what they do -----------------------------------------------------------------------------

    def take_many(self, device: Device, draw: random.Random) -> None:
        """Ten wishes at once, each resent until it is answered: numbers, and now and then one is given back."""
        open_wishes: dict[str, dict[str, Any]] = {}
        for _ in range(10):
            wish = {"id": new_id(), "command": "take-ticket", "service": draw.choice(SERVICES),
                    "lane": draw.choice(("normal", "normal", "priority"))}
            open_wishes[wish["id"]] = wish
        self.asked.update({(device.name, id_): wish for id_, wish in open_wishes.items()})
        tickets = []
        while open_wishes:
            for wish in open_wishes.values():
                device.tell(wish)
            until = time.monotonic() + AGAIN_S
            for id_ in list(open_wishes):
                reply = device.answer(id_, timeout_s=max(0.0, until - time.monotonic()))
                if reply is not None:
                    del open_wishes[id_]
                    tickets.append(reply["ticket"]["id"])
        with suppress(AssertionError):  # called already: then it is refused, and that is an answer too
            device.ok("cancel-ticket", ticket=draw.choice(tickets), again_s=AGAIN_S, timeout_s=30)

    def serve(self, counter: int, tablet: Device) -> Callable[[Device, random.Random], None]:
        """A clerk at a counter: calls, serves, is rated; does not come, comes back."""
        def work(device: Device, draw: random.Random) -> None:
            def wish(command: str, **fields: Any) -> dict[str, Any]:
                return device.ask(command, counter=counter, again_s=AGAIN_S, timeout_s=30, **fields)

            called = wish("call-next", at_counter=None)
            if not called["ok"]:
                assert called["refusal"] == "nobody-waiting", called
                time.sleep(0.02)
                return
            here = called["ticket"]["id"]
            if draw.random() < 0.3:
                assert wish("recall")["ok"]
            if draw.random() < 0.2:
                assert wish("no-show", at_counter=here)["ok"]
                return
            if draw.random() < 0.5:
                assert wish("start-service")["ok"]
            assert wish("finish", at_counter=here, outcome="received")["ok"]
            if draw.random() < 0.5:
                rated = tablet.ask("rate", ticket=here, score=draw.randint(1, 5), again_s=AGAIN_S, timeout_s=30)
                assert rated["ok"] and rated["counted"], rated

        self._devices.append(tablet)
        return work
