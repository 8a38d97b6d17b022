"""The edge around the wall: the hub's messages in, the screen and the chime out.

1. The device's thread owns the wall; the screen gets whole showings and asks nothing back.
2. Only a changed showing is handed on; only the wall says what chimes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from counter_display.showing import Showing
from counter_display.wall import Wall
from wire.commands import Announce, Command, Identify
from wire.device import Device, Room, State
from wire.messages import BoardState, HubStatus
from wire.topics import Heard, Topics

LOOK_EVERY_S, HURRIED_S = 0.5, 0.1
SOUNDS_TOLD = 200


class Tv:
    """One screen at work, from ``run`` until ``quit``.

    ``show`` takes the whole screen each time that it changes; ``chime`` sounds once. Both are called on
    the thread of ``run`` and return at once. ``now`` is a monotonic clock in seconds.
    """

    def __init__(self, device: Device, topics: Topics, wall: Wall, *, show: Callable[[Showing], None],
                 chime: Callable[[], None], now: Callable[[], float]) -> None:
        self._device, self._wall, self._now = device, wall, now
        self._hear = [topics.board]
        self._show, self._chime = show, chime
        self._hub: HubStatus | None = None
        self._running = True
        self.showing: Showing = wall.turn(now())
        self.sounds: list[dict[str, Any]] = []

    def run(self) -> None:
        """Work until told to end."""
        wall = self._wall
        self._show(self.showing)
        self._device.start(Room(on_state=self._state, on_command=self._asked, on_found=wall.hub_found,
                                on_lost=wall.hub_lost), hear=self._hear)
        try:
            while self._running:
                self._look()
                self._device.turn(HURRIED_S if wall.hurried else LOOK_EVERY_S)
        finally:
            self._device.stop()

    def quit(self) -> None:
        """End ``run``; any thread, and a signal handler, may call."""
        self._running = False
        self._device.quit()

    def _look(self) -> None:
        now, hub = self._now(), self._device.hub
        if hub is not None and hub is not self._hub and isinstance(hub.at, str):
            self._hub = hub
            self._wall.beat(hub.at, now)
        showing = self._wall.turn(now)
        if showing != self.showing:
            self.showing = showing
            self._show(showing)
        for call in self._wall.take_chimes():
            self.sounds.append({"call": call.call, "number": call.number, "counter": call.counter, "at_s": now})
            del self.sounds[:-SOUNDS_TOLD]
            self._chime()

    def _state(self, _: Heard, state: State | None) -> None:
        if state is None or isinstance(state, BoardState):
            self._wall.hear(state)

    def _asked(self, command: Command) -> None:
        if isinstance(command, Announce):
            self._wall.announce(command.texts, self._now())
        elif isinstance(command, Identify):
            self._wall.identify(self._now())
