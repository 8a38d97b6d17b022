"""An office, its tickets, and a printer that nobody has to buy."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from firmware_config.programs import Printer
from ticket_printer import door
from ticket_printer.slip import Office
from wire.messages import Health, Ticket, Wait

HANOI = timezone(timedelta(hours=7))
TRACK = "https://mot-cua.trungtu.hanoi.gov.vn/t/K7Q2M9XW4RTB5HJN"
OFFICE = Office(
    names={"vi": "UBND phường Trung Tự – Bộ phận Một cửa",
           "en": "Trung Tự Ward People's Committee – One-Stop Desk"},
    services={
        "chung-thuc": {"vi": "Chứng thực", "en": "Certification"},
        "chinh-sach": {"vi": "Chính sách xã hội, người có công, bảo trợ", "en": "Social policy, merit and assistance"},
        "dat-dai": {"vi": "Đăng ký quyền sử dụng đất, quyền sở hữu nhà ở và tài sản khác gắn liền với đất lần đầu",
                    "en": "First registration of land use rights, ownership of houses and other assets on land"}},
    header={"vi": "UBND PHƯỜNG VĂN MIẾU – QUỐC TỬ GIÁM\nTRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG"},
    hotline="024 3852 4901")


def ticket(**changed: Any) -> Ticket:
    """A ticket of this office."""
    usual: dict[str, Any] = {
        "id": "t-0027", "number": "A027", "service": "chung-thuc", "lane": "normal",
        "issued_at": "2026-11-22T08:12:31.000+07:00", "ahead": 6, "wait": Wait(720, 1000, 1500), "counters": [1, 2],
        "zone": "tang-1", "track": TRACK, "state": "waiting"}
    return Ticket(**{**usual, **changed})


class Desk:
    """A press with a virtual printer, and what it told."""

    def __init__(self, folder: Path, *, model: str = "generic-80", transport: str = "network", baud: int = 115200,
                 device: str = "printer-1", refuse_ends: int = 0) -> None:
        self.ends: list[tuple[str, str | None]] = []
        self.health: list[Health] = []
        self.heard = threading.Condition()
        self.refuse_ends = refuse_ends
        self.press = door.build(
            Printer(model=model, transport=transport, baud=baud), folder=folder / device, office=OFFICE,  # type: ignore[arg-type]
            now=time.monotonic, wall=lambda: datetime.now(HANOI), on_end=self._ended, on_health=self._health,
            device=device, pretend=folder)

    def _ended(self, job: door.Job, error: str | None) -> None:
        with self.heard:
            if self.refuse_ends:
                self.refuse_ends -= 1
                self.heard.notify_all()
                raise RuntimeError("nobody listens now")
            self.ends.append((job.id, error))
            self.heard.notify_all()

    def _health(self, health: Health) -> None:
        with self.heard:
            self.health.append(health)
            self.heard.notify_all()

    def __enter__(self) -> Desk:
        self.press.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.press.stop()

    def put(self, job_id: str, *, valid_s: float | None = None, copy: bool = False, **changed: Any) -> None:
        until = None if valid_s is None else time.monotonic() + valid_s
        self.press.put(door.Job(job_id, ticket(**changed), copy=copy, valid_until=until))

    def until(self, true: Callable[[], object], within_s: float = 15.0) -> bool:
        with self.heard:
            return bool(self.heard.wait_for(true, within_s))

    def end_of(self, job_id: str, within_s: float = 15.0) -> str | None:
        """How a slip ended; fails where it does not."""
        assert self.until(lambda: job_id in dict(self.ends), within_s), f"{job_id} has no end; {self.ends}"
        return dict(self.ends)[job_id]

    def says(self, *, error: str | None, within_s: float = 15.0, **fields: str) -> bool:
        return self.until(lambda: self.health and self.health[-1].error == error and all(
            getattr(self.health[-1], name) == value for name, value in fields.items()), within_s)

    def slips(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.press.verbs["slips"]()["slips"]
        return found

    def hand(self, verb: str, **fields: Any) -> None:
        self.press.verbs[verb](**fields)
