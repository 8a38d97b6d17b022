"""The edge around the box: a panel's presses to the device's thread, commands to the hub, lamps back to the panel.

1. A press is stamped where the finger is felt, on the panel's thread, and judged on the device's.
2. The lamps are set again after whatever happened, and when one changes by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from counter_display.box import LAMPS, Box
from wire.commands import Command, Identify
from wire.device import Device, Room, State
from wire.messages import CounterState, Reply
from wire.topics import Heard, Topics


class Lamps(Protocol):
    """What has lamps, such as ``firmware_config.gpio.Panel``."""

    def lamp(self, name: str, pattern: str) -> None:
        """Show ``off``, ``on``, ``slow`` or ``fast``."""


class Desk:
    """One counter's box at work, from ``run`` until ``quit``. ``now`` is a monotonic clock in seconds."""

    def __init__(self, device: Device, topics: Topics, counter: int, *, now: Callable[[], float]) -> None:
        self._device, self._now = device, now
        self._hear = [topics.counter(counter)]
        self._box = Box(counter, device.new_id)
        self._shown: Mapping[str, str] = {}
        self._running = True

    def run(self, lamps: Lamps) -> None:
        """Work until told to end."""
        box = self._box
        self._device.start(Room(on_state=self._state, on_command=self._asked, on_found=box.hub_found,
                                on_lost=box.hub_lost), hear=self._hear)
        try:
            while self._running:
                now = self._now()
                self._show(lamps, now)
                self._device.turn(min(1.0, box.next_at(now) - now))
        finally:
            self._device.stop()
            for name in LAMPS:
                lamps.lamp(name, "off")

    def quit(self) -> None:
        """End ``run``; any thread, and a signal handler, may call."""
        self._running = False
        self._device.quit()

    def pressed(self, button: str) -> None:
        """A finger came down; any thread may call."""
        at = self._now()
        self._device.post(lambda: self._send(self._box.press(button, at=at, now=self._now())))

    def held(self, button: str) -> None:
        """A button was held down; any thread may call."""
        at = self._now()
        self._device.post(lambda: self._send(self._box.hold(button, at=at, now=self._now())))

    # -- on the device's thread

    def _send(self, command: Command | None) -> None:
        if command is None:
            return
        command_id = command.id
        try:
            self._device.ask(command, lambda reply: self._answered(command_id, reply),
                             on_timeout=lambda: self._box.answered(command_id, False, self._now()))
        except Exception:
            self._box.answered(command_id, False, self._now())
            raise

    def _answered(self, command_id: str, reply: Reply) -> None:
        self._box.answered(command_id, reply.ok, self._now())

    def _state(self, _: Heard, state: State | None) -> None:
        if state is None or isinstance(state, CounterState):
            self._box.hear(state)

    def _asked(self, command: Command) -> None:
        if isinstance(command, Identify):
            self._box.identify(self._now())

    def _show(self, lamps: Lamps, now: float) -> None:
        wanted = self._box.lamps(now)
        for name, pattern in wanted.items():
            if self._shown.get(name) != pattern:
                lamps.lamp(name, pattern)
        self._shown = wanted
