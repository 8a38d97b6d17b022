"""Any order of presses, silence, cut lines and power cuts: no number twice, none lost, each reported."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kiosk.stages import Sorry, Taken, Waiting
from kiosk.views import TakenView
from tests.kiosk.world import SERIES, World


class KioskMachine(RuleBasedStateMachine):
    """The world of one kiosk, shaken."""

    @initialize(printer=st.booleans())
    def begin(self, printer: bool) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self._folder.name), printer=printer)
        self.world.hub.say_services()
        self.world.wait(8)
        self.shown: dict[tuple[str, str], str] = {}        # (day, number) -> ticket id, of reserved numbers seen
        self.old: dict[str, str] = {}                      # ticket id -> the command that it stands in for
        self.seen: set[str] = set()                        # ids of the hub's tickets that somebody saw
        self.swallowed: set[str] = set()                   # commands whose answer nobody waits for any more
        self.asked = ""

    def _look(self) -> None:
        """What a person sees now must be on the disk, and nobody else's."""
        stage = self.world.stage
        if isinstance(stage, Waiting):
            self.asked = stage.command or self.asked
        if isinstance(stage, Sorry):
            self.swallowed.add(self.asked)                 # they were told whom to ask, and may leave without a number
        if not isinstance(stage, Taken):
            return
        if not stage.reserved:
            self.seen.add(stage.ticket.id)
            return
        assert isinstance(self.world.views[-1], TakenView)
        assert self.world.views[-1].number == stage.ticket.number
        rows = self.world.numbers._read("SELECT day, number, instead_of FROM given WHERE id = ?", stage.ticket.id)
        assert len(rows) == 1, "a number is shown that is not on the disk"
        day, number, instead_of = rows[0]
        assert number == stage.ticket.number
        assert self.shown.setdefault((day, number), stage.ticket.id) == stage.ticket.id, "a number was given twice"
        self.old[stage.ticket.id] = instead_of

    @rule(service=st.sampled_from(sorted(SERIES)), times=st.integers(1, 3), by_button=st.booleans())
    def press(self, service: str, times: int, by_button: bool) -> None:
        before = self.world.stage
        for _ in range(times):
            self.world.kiosk.choose(service, by_button=by_button)
            self._look()
        if isinstance(before, Waiting):
            assert self.world.stage == before

    @rule(seconds=st.sampled_from((0.5, 1.0, 2.0, 3.0, 6.0, 20.0)))
    def time_passes(self, seconds: float) -> None:
        for _ in range(int(seconds * 2)):
            self.world.wait(0.5)
            self._look()

    @rule(hours=st.sampled_from((1, 5, 13)))
    def hours_pass(self, hours: int) -> None:
        self.world.clock.mono += hours * 3600
        self.world.wait(1)
        self._look()

    @rule(down=st.booleans())
    def line(self, down: bool) -> None:
        (self.world.cut if down else self.world.mend)()
        self._look()

    @rule(how=st.sampled_from(("well", "mute", "deaf_mouth")))
    def hub(self, how: str) -> None:
        self.world.hub.mute, self.world.hub.deaf_mouth = how == "mute", how == "deaf_mouth"

    @rule(service=st.sampled_from(sorted(SERIES)), mouth_heals=st.booleans())
    def press_while_answers_are_lost(self, service: str, mouth_heals: bool) -> None:
        self.world.hub.deaf_mouth = True
        self.press(service, 1, by_button=True)
        self.time_passes(3.0)
        self.world.hub.deaf_mouth = not mouth_heals
        self._look()

    @rule(reboot=st.booleans())
    def power_cut(self, reboot: bool) -> None:
        self.world.power_cut(reboot=reboot)
        self._look()

    @rule(error=st.sampled_from((None, "paper-out", "cover-open")))
    def slip_ends(self, error: str | None) -> None:
        if self.world.paper is not None and self.world.paper.jobs:
            self.world.slip_ends(error)
            self._look()

    @invariant()
    def no_number_has_two_tickets_at_the_hub(self) -> None:
        if hasattr(self, "world"):
            held = [(t.issued_at[:10], t.number) for name, t in self.world.hub.tickets.items()
                    if name not in self.world.hub.cancelled and name.startswith("hub-")]
            assert len(held) == len(set(held))

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        world, hub = self.world, self.world.hub
        hub.mute = hub.deaf_mouth = False
        world.mend()
        self.time_passes(45.0)
        while world.paper is not None and world.paper.jobs:
            world.slip_ends()
        world.wait(20)
        assert world.numbers.unreported() == []
        assert world.device.unanswered == 0
        assert world.numbers.slips() == []
        for (_, number), name in self.shown.items():
            assert hub.tickets[name].number == number, "a number that somebody saw is not at the hub"
            reports = hub.reports[name]
            assert {one.instead_of if isinstance(one.instead_of, str) else "" for one in reports} == {self.old[name]}
            assert {one.number for one in reports} == {number}
        assert world.numbers.asked() == [], "it is not known what came of a question"
        assert not self.seen & set(hub.taken_back), "a number that somebody saw was taken back"
        for command, name in hub.taken_by.items():
            assert name in self.seen | hub.cancelled or command in self.swallowed, "somebody has two numbers, or none"
        assert hub.strange_slips == [], "a slip was told of before the hub could know its ticket"
        world.numbers.close()
        self._folder.cleanup()


KioskMachine.TestCase.settings = settings(deadline=None, stateful_step_count=30, max_examples=60)
TestKioskMachine = KioskMachine.TestCase
