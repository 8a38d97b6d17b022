"""The checker itself: each lie that is put into a good journal is found, by it and by `motcua verify`."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from tests.e2e import oracle
from tests.e2e.office import Demo, motcua

pytestmark = [pytest.mark.e2e, pytest.mark.needs("mosquitto")]

Past = tuple[Path, bytes, dict[oracle.Key, bytes]]


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    """What three people and one clerk left behind: the folder, the good journal, what they were told."""
    demo = Demo(tmp_path_factory.mktemp("past")).start()
    try:
        with demo.device("kiosk-1") as kiosk, demo.device("counter-1") as counter:
            for _ in range(3):
                kiosk.take("ho-tich")
            here = counter.ok("call-next", counter=1, at_counter=None)["ticket"]["id"]
            counter.ok("finish", counter=1, at_counter=here)
            counter.ok("call-next", counter=1, at_counter=None)
            told = {(d.name, k): v for d in (kiosk, counter) for k, v in d.answers.items()}
    finally:
        assert demo.end() == 0
    oracle.check(demo.data, told, in_turn=True)
    return demo.data, (demo.data / "journal.db").read_bytes(), told


# After day-opened and three counter-opened: 5, 6, 7 are issued; 8 is called, 9 started, 10 finished, 11 called.
LIES = {
    "the chain breaks at seq 6": "UPDATE events SET at_ms = at_ms + 1 WHERE seq = 6",
    "seq 7 stands where 6 should": "DELETE FROM events WHERE seq = 6",
    "visit": "UPDATE visits SET number = 'B777' WHERE number = 'B003'",
    "hour (": "UPDATE hours SET served = served + 1",
    "which does not exist": "DELETE FROM visits WHERE number = 'B003'",
    "its reply is not kept": "DELETE FROM replies WHERE device = 'kiosk-1'",
    "happened more than once": "UPDATE events SET command_id = (SELECT command_id FROM events WHERE seq = 5),"
                               " device = 'kiosk-1' WHERE seq = 7",
    "1 was due": "UPDATE events SET payload = json_set(payload, '$.call', 9) WHERE seq = 8",
    "but the first of the line was": "UPDATE events SET mono_ms = mono_ms + 9999 WHERE seq = 5",
    "time goes back at seq 6": "UPDATE events SET mono_ms = mono_ms + 9999 WHERE seq = 5",
    "which is waiting": "UPDATE events SET event = 'service-started' WHERE seq = 8",
    "is called to 1, where": "UPDATE events SET event = 'visit-rated' WHERE seq = 10",
    "B001 of ho-tich was given 2 times": "UPDATE events SET payload = json_set(payload, '$.number', 'B001')"
                                         " WHERE seq = 6",
    "the next of ho-tich is 2": "UPDATE events SET payload = json_set(payload, '$.n', 5) WHERE seq = 6",
    "codes": "DELETE FROM codes",
    "was answered": "UPDATE replies SET reply = CAST(replace(CAST(reply AS TEXT), 'B002', 'B003') AS BLOB)",
}


@pytest.mark.parametrize("complaint", LIES)
def test_a_lie_in_the_journal_is_found(past: Past, complaint: str) -> None:
    data, good, told = past
    (data / "journal.db").write_bytes(good)
    db = sqlite3.connect(data / "journal.db", isolation_level=None)
    db.execute(LIES[complaint])
    db.close()
    with pytest.raises(AssertionError, match=re.escape(complaint)):
        oracle.check(data, told, in_turn=True)
    verified = motcua("verify", "--data", str(data))
    # Only the devices know that a reply is missing.
    assert verified.returncode == (0 if "replies" in LIES[complaint] else 1), verified
    assert verified.stderr.count("\n") <= 1, "one line names the first thing that is wrong"
