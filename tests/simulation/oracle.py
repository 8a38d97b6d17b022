"""Knows what must be so of any office at any moment, and says which law was broken where."""

from __future__ import annotations

import json
from itertools import takewhile
from typing import Any

import msgspec

from firmware_config.settings import Settings
from hub.desk.board import View
from hub.desk.published import of_record
from hub.journal.rows import COLUMNS, Row, to_record
from hub.office import hall_of, signs_of
from hub.queueing.floor import Floor, replay
from tests.queueing.office import dump, rebuilt
from tests.simulation.faulty_journal import FaultyJournal
from wire.codec import zone_of
from wire.codes import COUNTER_COMMANDS
from wire.topics import Topics

FRESH_MS = 5000
REFUSALS_KEPT_MS = 600_000


class Broken(AssertionError):
    """A law of the office does not hold."""


def law(holds: object, text: str) -> None:
    if not holds:
        raise Broken(text)


class Oracle:
    """Hears every word of the hub at its mouth, before any cable, and compares it with the journal."""

    def __init__(self, settings: Settings, journal: FaultyJournal) -> None:
        self.journal = journal
        self.hall, self.view = hall_of(settings), View(signs_of(settings, "http://127.0.0.1:8080"))
        self.topics, self.zone = Topics(settings.site.id), zone_of(settings.site.utc_offset)
        self.accepted: dict[tuple[str, str], bytes] = {}
        self.refused: dict[tuple[str, str], tuple[int, int, bytes]] = {}
        self.asked: dict[tuple[str, str], dict[str, Any]] = {}
        self.slips: dict[str, str] = {}
        self.beats: dict[int, tuple[int, int]] = {}
        self.last_beat = 0
        self.life = 0
        self.heard_seq: dict[tuple[int, int], int] = {}
        self.seen_rows = 0
        self.day = ""
        self.last_at = self.last_mono = 0
        self.mono_offset: int | None = None
        self.anchor_skew = 0
        self.owes = False
        self.said = 0
        self.replies_before: set[tuple[str, str]] = set()

    # -- what the office tells

    def hub_starts(self, office: Any) -> None:
        self.life += 1
        self.anchor_skew, self.mono_offset, self.owes = office.skew_ms, None, False

    def turn_begins(self, office: Any) -> None:
        self.now_ms, self.skew_ms = office.true_ms, office.skew_ms
        self.failed_before, self.rows_before, self.said = self.journal.failed, self._count(), 0
        self.replies_before = set(self.journal._db.execute("SELECT device, id FROM replies").fetchall())
        for name, device in office.devices.items():
            for command_id, payload in device.sent:
                self.asked.setdefault((name, command_id), json.loads(payload))

    def commit_is_unknown(self) -> None:
        """The hub ends; what was kept is in the journal, and nobody heard of it."""
        law(self.said == 0, "the hub spoke in a turn whose commit it does not know")
        self._new_rows(failed=True)

    def turn_is_over(self, office: Any, loop: Any) -> None:
        law(not self.journal.in_transaction, "a turn left a transaction open")
        failed = self.journal.failed > self.failed_before
        if failed:
            law(self._count() == self.rows_before, "a batch that failed left something in the journal")
        self._new_rows(failed)
        floor = replay(self.hall, self.journal.today())
        law(loop._floor == floor, "the live floor is not the journal replayed")

    def _count(self) -> tuple[int, ...]:
        return tuple(self.journal._db.execute(
            "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM replies),"
            " (SELECT count(*) FROM private), (SELECT count(*) FROM visits)").fetchone())

    def _new_rows(self, failed: bool) -> None:
        """The journal's new rows are in order, and a step of the wall clock comes first."""
        rows = [Row(*r) for r in self.journal._db.execute(
            f"SELECT {COLUMNS} FROM events WHERE seq > ? ORDER BY seq", [self.seen_rows])]
        told = self._steps_told(rows, failed)
        for place, row in enumerate(rows):
            law(row.seq == self.seen_rows + 1, f"seq {row.seq} follows {self.seen_rows}")
            law(row.at_ms >= self.last_at, f"seq {row.seq}: time went back by {self.last_at - row.at_ms} ms")
            law(row.mono_ms >= self.last_mono, f"seq {row.seq}: office time went back")
            self.seen_rows, self.last_at, self.last_mono = row.seq, row.at_ms, row.mono_ms
            offset = row.mono_ms - self.now_ms
            law(self.mono_offset in (None, offset), f"seq {row.seq}: a duration is off by a step of the clock")
            self.mono_offset = offset
            fields = json.loads(row.payload)
            law((row.event == "clock-adjusted") == (place < told), f"seq {row.seq}: {row.event} is out of place")
            if row.event == "day-opened":
                law(fields["day"] > self.day, f"seq {row.seq}: day {fields['day']} opened after {self.day}")
                self.day = fields["day"]

    def _steps_told(self, rows: list[Row], failed: bool) -> int:
        """How many clock-adjusted the turn begins with; they tell the step of the wall since the last one.

        A turn that failed owes its step to the next one, which may see a second step, and a little drift between.
        """
        stepped = self.skew_ms - self.anchor_skew
        steps = list(takewhile(lambda row: row.event == "clock-adjusted", rows))
        told = round(1000 * sum(json.loads(row.payload)["step_s"] for row in steps))
        law(failed or abs(stepped - told) <= (2000 if self.owes or not steps else 0),
            f"the wall stepped by {stepped} ms since it was told, now {told} are told")
        law(all(abs(json.loads(row.payload)["step_s"]) > 2 for row in steps), "a step that is none was told")
        self.anchor_skew += told
        self.owes = failed
        return len(steps)

    # -- what the hub says

    def hears(self, link: Any, topic: str, payload: bytes, *, qos: int, retain: bool) -> None:
        self.said += 1
        law(not self.journal.in_transaction, f"{topic} was said while the journal was half written")
        found = self.topics.read(topic)
        law(found is not None, f"{topic} is none of the contract's topics")
        said = json.loads(payload) if payload else None
        if found.kind == "device/<device>/reply":
            law(not retain and qos == 1, f"{topic} is not retained, QoS 1")
            self.answers(found.name, payload)
        elif found.kind == "device/<device>/command":
            law(not retain and qos == 1, f"{topic} is not retained, QoS 1")
            slip = self.slips.setdefault(said["ticket"]["id"], said["id"])
            law(slip == said["id"], f"{said['ticket']['number']} would be printed as {slip} and as {said['id']}")
        elif found.kind == "event/<event>":
            law(not retain and qos == 1, f"{topic} is not retained, QoS 1")
            self._event(link, found.name, said)
        elif found.kind == "hub/status" and said["online"]:
            law(said["beat"] > self.last_beat, f"beat {said['beat']} after {self.last_beat}")
            self.last_beat = said["beat"]
            self.beats[said["beat"]] = (self.life, self.now_ms)
            law((said["epoch"], said["seq"]) == (self.journal.epoch, self.journal.seq), f"{topic} tells another seq")
        elif found.kind.startswith("state/") and said:
            law(retain and qos == 1, f"{topic} is retained, QoS 1")
            law(said["epoch"] == self.journal.epoch and said["seq"] <= self.journal.seq,
                f"{topic} tells seq {said['seq']}, the journal has {self.journal.seq}")

    def _event(self, link: Any, name: str, said: dict[str, Any]) -> None:
        row = self.journal._db.execute(
            f"SELECT {COLUMNS} FROM events WHERE seq = ?", [said["seq"]]).fetchone()
        law(row, f"event {name} seq {said['seq']} is not in the journal")
        expected = of_record(to_record(Row(*row)), epoch=self.journal.epoch, zone=self.zone)
        law(msgspec.json.decode(msgspec.json.encode(expected)) == said, f"event seq {said['seq']} differs from its row")
        law(name == said["event"], f"event {said['event']} was told on event/{name}")
        if link.connected:
            connection = (self.life, link.line)
            before = self.heard_seq.get(connection)
            law(before is None or said["seq"] == before + 1, f"event seq {said['seq']} follows {before} on one line")
            self.heard_seq[connection] = said["seq"]

    def answers(self, device: str, payload: bytes) -> None:
        self.said += 1
        said = json.loads(payload)
        if said["id"] is None:
            return
        key = (device, said["id"])
        if said["ok"]:
            kept = self.journal.reply_to(*key)
            law(kept == payload, f"{key} is answered with what is not in the journal")
            law(self.accepted.setdefault(key, payload) == payload, f"{key} got two answers")
            if key not in self.replies_before:
                self._was_in_time(key, True)
            return
        if said["refusal"] == "storage-failed":
            law(key not in self.accepted, f"{key} was accepted, and is told that nothing was done")
            law(self.journal.failed > self.failed_before, f"{key}: storage-failed, and nothing failed")
            return
        law(key not in self.accepted and self.journal.reply_to(*key) is None, f"{key} was accepted, then refused")
        life, at, before = self.refused.get(key, (0, 0, b""))
        if life == self.life and self.now_ms - at < REFUSALS_KEPT_MS:
            law(before == payload, f"{key} got two refusals within ten minutes")
            return
        self.refused[key] = (self.life, self.now_ms, payload)
        if said["refusal"] not in ("not-supported", "not-allowed", "bad-message"):  # those are judged before the beat
            self._was_in_time(key, said["refusal"] != "too-late")

    def _was_in_time(self, key: tuple[str, str], accepted: bool) -> None:
        asked = self.asked.get(key)
        if asked is None or asked["command"] not in COUNTER_COMMANDS or "beat" not in asked:
            return
        life, at = self.beats.get(asked["beat"], (0, 0))
        fresh = life == self.life and self.now_ms - at <= FRESH_MS
        law(fresh == accepted, f"{key}: beat {asked['beat']} is {'fresh' if fresh else 'late'}, and "
                               f"{'taken' if accepted else 'refused'}")

    # -- at the end

    def all_is_well(self, office: Any) -> None:
        """What must be so when everything is quiet."""
        self._effects_once()
        law(dump(self.journal) == rebuilt(list(self._records())), "the projections are not what a rebuild gives")
        floor = replay(self.hall, self.journal.today())
        self._states(office, floor)
        self._everybody_heard(office)

    def nothing_stale_is_kept(self, office: Any) -> None:
        """What must be so when the hub was started again: no command is left to be obeyed by mistake."""
        left = [t for t in office.broker.retained if t.startswith(self.topics.prefix + "hub/command/")]
        law(not left, f"retained commands were left: {left}")

    def _records(self) -> Any:
        return (to_record(Row(*r)) for r in self.journal._db.execute(f"SELECT {COLUMNS} FROM events ORDER BY seq"))

    def _effects_once(self) -> None:
        """Each accepted command's events stand together once; a refused command has none."""
        runs: dict[tuple[str, str], list[list[Any]]] = {}
        last = None
        for record in self._records():
            key = (record.device, record.command_id)
            if record.command_id is not None:
                if key != last:
                    runs.setdefault(key, []).append([])
                runs[key][-1].append(record)
            last = key
        for key, run in runs.items():
            law(len(run) == 1, f"{key} took effect {len(run)} times")
            law(self.journal.reply_to(*key) is not None, f"{key} took effect, and its reply is not kept")
        for key, reply in self.accepted.items():
            said, asked = json.loads(reply), self.asked.get(key)
            names = [type(r.event).__name__ for r in runs.get(key, [[]])[0]]
            if asked and asked["command"] == "take-ticket":
                law(names == ["TicketIssued"], f"{key} was accepted and left {names}")
                law(runs[key][0][0].event.ticket == said["ticket"]["id"], f"{key} was given another's ticket")
            if asked and asked["command"] == "report-tickets":
                named = sorted([t["id"] for t in said["accepted"]] + [r["id"] for r in said["rejected"]])
                law(named == sorted(t["id"] for t in asked["tickets"]), f"{key} reported, and was told of {named}")
                here = {t for t, in self.journal._db.execute("SELECT ticket FROM visits")}
                law({t["id"] for t in said["accepted"]} <= here, f"{key}: who was accepted is lost")
            if asked and asked["command"] == "rate":
                law(names == ["VisitRated"], f"{key} was accepted and left {names}")
            if asked and asked["command"] == "call-next" and said["ticket"]:
                law(names[-1:] == ["TicketCalled"], f"{key} was accepted and left {names}")

    def _states(self, office: Any, floor: Floor) -> None:
        """What the broker keeps is what the journal tells."""
        kept = {t.removeprefix(self.topics.prefix): json.loads(p) for t, p in office.broker.retained.items()}
        states = {t: s for t, s in kept.items() if t.startswith("state/")}
        expected = {t: msgspec.to_builtins(fields) for t, (_, fields) in self.view.every_state(floor).items()}
        law(set(states) == set(expected), f"retained states are {sorted(states)}, not {sorted(expected)}")
        for topic, fields in expected.items():
            shown = {k: v for k, v in states[topic].items() if k not in ("at", "epoch", "seq")}
            law(shown == fields, f"{topic} shows {shown}, the journal tells {fields}")
            law(states[topic]["epoch"] == self.journal.epoch, f"{topic} is of another epoch")
        law(kept["hub/status"]["online"] and kept["hub/status"]["beat"] == self.last_beat, "hub/status is not the last")

    def _everybody_heard(self, office: Any) -> None:
        board = json.loads(office.broker.retained[self.topics.board])
        for device in office.devices.values():
            law(device.board == board, f"{device.name} shows an old board")
            for command_id, answers in device.answers.items():
                final = {a for a in answers if json.loads(a).get("refusal") != "storage-failed"}
                law(command_id is None or not any(json.loads(a)["ok"] for a in final) or len(final) == 1
                    or self._refused_then_accepted(answers), f"{device.name} {command_id} got {final}")
        heard: dict[int, int] = {}
        for line, event in office.devices["center-1"].events:
            law(event["seq"] >= heard.get(line, 0), f"the centre heard seq {event['seq']} after {heard.get(line)}")
            heard[line] = event["seq"]

    @staticmethod
    def _refused_then_accepted(answers: list[bytes]) -> bool:
        """A refusal is forgotten by a restart; an acceptance never is."""
        oks = [json.loads(a)["ok"] for a in answers if json.loads(a).get("refusal") != "storage-failed"]
        return oks == sorted(oks) and len({a for a in answers if json.loads(a)["ok"]}) == 1
