"""Moments of an office for the wall: boards as the hub would send them, and what the screen then shows."""

from __future__ import annotations

from collections.abc import Sequence

from counter_display.showing import Showing
from counter_display.wall import Place, ServiceSign, Wall
from counter_display.words import Words
from wire.messages import BoardCall, BoardCounter, BoardState, Upcoming

EPOCH = "e1"
SERVICES = (
    ServiceSign("chung-thuc", "A", "Chứng thực"), ServiceSign("ho-tich", "B", "Hộ tịch"),
    ServiceSign("dat-dai", "C", "Đất đai – xây dựng – môi trường"),
    ServiceSign("kinh-te", "K", "Kinh tế, hộ kinh doanh"),
    ServiceSign("chinh-sach", "E", "Chính sách xã hội, người có công, bảo trợ"),
    ServiceSign("nhan-ket-qua", "H", "Nhận kết quả"),
)
LONG_OFFICE = ("Trung tâm Phục vụ hành chính công đặc khu Phú Quốc – Bộ phận Tiếp nhận và Trả kết quả "
               "giải quyết thủ tục hành chính")


def at(second: float) -> str:
    """The hub's wall clock, ``second`` seconds after eight o'clock."""
    minutes, seconds = divmod(second, 60)
    whole = int(seconds)
    return f"2026-11-23T08:{int(minutes):02}:{whole:02}.{round((seconds - whole) * 1000):03}+07:00"


def call(n: int, number: str, counter: int, second: float, *, lane: str = "normal", times: int = 1,
         zone: str = "tang-1", ticket: str = "") -> BoardCall:
    return BoardCall(call=n, at=at(second), ticket=ticket or f"t-{number}", number=number, lane=lane, counter=counter,
                     zone=zone, times=times)


def counter(n: int, number: str | None = None, *, stage: str = "idle", why: str | None = None, lane: str = "normal",
            zone: str = "tang-1", name: str = "") -> BoardCounter:
    return BoardCounter(counter=n, zone=zone, open=why is None, why=why,  # type: ignore[arg-type]  # tests are terse
                        stage=stage if number else "idle",  # type: ignore[arg-type]  # the same
                        number=number, lane=lane if number else None, names={"vi": name} if name else {})


def board(seq: int, calls: Sequence[BoardCall] = (), counters: Sequence[BoardCounter] = (), *,
          upcoming: dict[str, list[str]] | None = None, waiting: dict[str, int] | None = None, epoch: str = EPOCH,
          second: float = 0.0, notices: Sequence[dict[str, str]] = ()) -> BoardState:
    upcoming = upcoming or {}
    return BoardState(at=at(second), epoch=epoch, seq=seq, calls=list(calls), counters=list(counters),
                      upcoming=[Upcoming(service=s, numbers=n) for s, n in upcoming.items()],
                      waiting=waiting or {}, notices=list(notices))


NEXT = {"chung-thuc": ["A028", "A029", "A030"], "ho-tich": ["B013", "B014", "B015"], "dat-dai": ["C004"],
        "kinh-te": [], "chinh-sach": ["E1007", "E1008", "E1009"], "nhan-ket-qua": ["H002", "H003"]}
WAITING = {"chung-thuc": 13, "ho-tich": 6, "dat-dai": 1, "kinh-te": 0, "chinh-sach": 128, "nhan-ket-qua": 2}


def three_counters(seq: int = 10) -> BoardState:
    return board(seq, [call(1, "H001", 2, 0), call(2, "A026", 1, 20), call(3, "B012", 2, 50, lane="priority"),
                       call(4, "A027", 3, 60)],
                 [counter(1, "A026", stage="serving"), counter(2, "B012", stage="called", lane="priority"),
                  counter(3, "A027", stage="called")], upcoming=NEXT, waiting=WAITING, second=60)


def twelve_counters(seq: int = 10) -> BoardState:
    counters = [counter(1, "A1027", stage="called", lane="priority"), counter(2, "B012", stage="serving"),
                counter(3, why="paused"), counter(4, "E1006", stage="serving", lane="priority"),
                counter(5, name="Quầy tiếp nhận hồ sơ đất đai – xây dựng"), counter(6, why="closed"),
                counter(7, "C003", stage="serving", name="Phòng chứng thực"), counter(8, "H001", stage="called"),
                counter(9, "A1026", stage="serving"), counter(10, why="holiday"),
                counter(11, "K008", stage="serving", lane="priority"), counter(12, "A1025", stage="serving")]
    return board(seq, [call(1, "A1025", 12, 0), call(2, "K008", 11, 20, lane="priority"),
                       call(3, "H001", 8, 58), call(4, "A1027", 1, 60, lane="priority", times=2)],
                 counters, upcoming=NEXT, waiting=WAITING, second=60)


def many_counters(n: int, seq: int = 10) -> BoardState:
    return board(seq, [call(i, f"A{i:03}", i, i) for i in range(max(1, n - 19), n + 1)],
                 [counter(i, f"A{i:03}", stage="called") for i in range(1, n + 1)], upcoming=NEXT, waiting=WAITING)


def place(**other: object) -> Place:
    told: dict[str, object] = {"office": "UBND phường Trung Tự – Bộ phận Một cửa", "device": "tv-1", "language": "vi",
                               "services": SERVICES, **other}
    return Place(**told)  # type: ignore[arg-type]  # tests are terse


def wall(**other: object) -> Wall:
    made = place(**other)
    return Wall(made, Words(made.language))


def shown(state: BoardState | None, *, second: float = 60, lost: bool = False, after_s: float = 30,
          **other: object) -> Showing:
    """What a screen shows some time after it heard ``state``, with the hub there or lost."""
    screen, now = wall(**other), 1000.0
    if state is not None or not lost:
        screen.beat(at(second), now)
        screen.hub_found()
    if state is not None:
        screen.hear(state)
    for _ in range(round(after_s * 2)):
        showing = screen.turn(now)
        now += 0.5
    if lost:
        screen.hub_lost()
    return screen.turn(now) if lost else showing


SCENES: dict[str, Showing] = {
    "called": shown(three_counters(), after_s=7),
    "twelve": shown(twelve_counters(), after_s=7, office=LONG_OFFICE),
    "lost": shown(three_counters(), lost=True),
    "lost-twelve": shown(twelve_counters(), lost=True, office=LONG_OFFICE),
    "starting": shown(None, after_s=1),
    "nobody": shown(board(1, [], [counter(1), counter(2), counter(3)], upcoming={}, waiting={}), after_s=1),
    "lost-empty": shown(None, lost=True),
    "notice": shown(board(5, [call(1, "A026", 1, 0)], [counter(1, "A026", stage="serving"), counter(2, why="closed")],
                          upcoming=NEXT, waiting=WAITING, notices=[{
                              "vi": "Chiều nay Trung tâm nghỉ từ 16 giờ 30. Người đã lấy số vẫn được phục vụ.",
                              "en": "We close at 16:30 this afternoon."}])),
    "many": shown(many_counters(30), after_s=70),
    "long-number": shown(board(3, [call(1, "118999", 12, 58, times=3, lane="priority")],
                               [counter(12, "118999", stage="called", lane="priority")], upcoming=NEXT,
                               waiting=WAITING), after_s=2),
}
