"""One whole office in this process: the real hub, a broker made of memory, the real pages.

Only the edges are handed in: the clock that a test may move, and the line.
"""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from flask.testing import FlaskClient

from firmware_config.settings import Account, Counter, Device, Service, Settings, Site, load
from hub.desk.loop import HubLoop
from hub.desk.principal import Principal
from hub.journal.journal import Journal
from hub.office import Parts, put_together
from hub.web.app import create_app
from hub.web.live import Live
from hub.web.server import Server
from wire.memory import MemoryBroker, MemoryLink

DEMO = Path(__file__).resolve().parents[2] / "firmware_config" / "sites" / "trung-tu"
ANYONE = Principal(device="test-box", trusted=True)
_ids = itertools.count(1)


def demo_settings(**site: Any) -> Settings:
    """The demo's settings, with other values of its site."""
    settings = load(DEMO)
    return replace(settings, site=replace(settings.site, **site)) if site else settings


class WebOffice:
    """A running office. ``late_s`` moves its wall clock."""

    def __init__(self, folder: Path, settings: Settings | None = None, *, version: str = "0.1.0") -> None:
        self.folder = folder
        self.settings = settings or demo_settings()
        self.broker = MemoryBroker()
        self.live = Live()
        self.late_ms = 0
        self.journal = Journal.open(folder)
        self.loop: HubLoop = put_together(self.settings, Parts(
            journal=self.journal, link=MemoryLink(self.broker, "hub"), random=secrets.token_bytes,
            wall_ms=lambda: time.time_ns() // 1_000_000 + self.late_ms,
            mono_ms=lambda: time.monotonic_ns() // 1_000_000 + self.late_ms,
            show=self.live.put, version=version), public_url="http://127.0.0.1:8080")
        self.app = create_app(settings=self.settings, loop=self.loop, live=self.live, data=folder,
                              version=version, pid=4711)
        self.app.testing = False
        self.server: Server | None = None
        self._thread = threading.Thread(target=self.loop.run, name="hub", daemon=True)

    def start(self, *, serve: bool = False, port: int = 0) -> WebOffice:
        """Open the day; with ``serve`` also the pages, on a free port unless told one."""
        self.loop.start()
        self._thread.start()
        self.loop.ask(lambda floor: None)
        self._wait_for_beat()
        if serve:
            self.server = Server(self.app, "127.0.0.1", port, threads=24)
            self.server.start()
        return self

    def _wait_for_beat(self) -> None:
        until = time.monotonic() + 5
        while self.live.get("hub/status") is None and time.monotonic() < until:
            time.sleep(0.005)

    @property
    def url(self) -> str:
        """Where the pages are served."""
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.port}"

    def silence(self) -> None:
        """Let the hub's thread end while its pages are still served: a hub that hangs."""
        self.loop.stop()
        self._thread.join(5)

    def stop(self) -> None:
        """End everything."""
        self.silence()
        if self.server:
            self.server.stop()
        self.live.close()
        self.journal.close()

    # -- people at the office ------------------------------------------------------------------------

    def send(self, command: str, *, who: Principal = ANYONE, **fields: Any) -> dict[str, Any]:
        """A command as a device sends it; the reply."""
        return self.loop.call(who, {"id": f"test-{next(_ids):08d}", "command": command, **fields})

    def take(self, service: str = "chung-thuc", **fields: Any) -> dict[str, Any]:
        """Somebody takes a number; the ticket."""
        ticket: dict[str, Any] = self.send("take-ticket", service=service, **fields)["ticket"]
        return ticket

    def call(self, counter: int = 1) -> dict[str, Any]:
        """Counter calls whoever is next, whoever is there; the ticket."""
        there = self.loop.ask(lambda floor: floor.counters[counter].ticket)
        ticket: dict[str, Any] = self.send("call-next", counter=counter, at_counter=there)["ticket"]
        return ticket

    def serve_one(self, counter: int = 1, service: str = "chung-thuc") -> dict[str, Any]:
        """Somebody takes a number, is called, and is served to the end; the ticket."""
        ticket = self.take(service)
        called = self.call(counter)
        assert called["id"] == ticket["id"]
        self.send("finish", counter=counter)
        return ticket

    def pass_time(self, seconds: float) -> None:
        """Let the office's clock go on by so much, and the hub see it: it gives its beat."""
        self.late_ms += round(seconds * 1000)
        self.loop.ask(lambda floor: None)

    def state(self, topic: str) -> dict[str, Any]:
        """The newest state, once all that was said before is in it."""
        self.loop.ask(lambda floor: None)
        time.sleep(0.15)        # states that follow one another closely are shown together
        found = self.live.get(topic)
        assert found is not None, topic
        state: dict[str, Any] = msgspec.json.decode(found[1])
        return state


class Browser:
    """One browser without a script engine: keeps cookies, fills in the forms' hidden fields."""

    def __init__(self, office: WebOffice, address: str = "127.0.0.1") -> None:
        self.client: FlaskClient = office.app.test_client()
        self.address = address
        self.csrf = ""

    def request(self, method: str, path: str, **kwargs: Any) -> Any:
        """One request; redirects are shown, not followed."""
        kwargs.setdefault("base_url", "http://127.0.0.1:8080")
        return self.client.open(path, method=method, environ_base={"REMOTE_ADDR": self.address}, **kwargs)

    def get(self, path: str, **kwargs: Any) -> Any:
        """GET."""
        return self.request("GET", path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> Any:
        """POST."""
        return self.request("POST", path, **kwargs)

    def sign_in(self, user: str, password: str = "demo") -> Any:
        """Sign in by the open interface; keeps the token."""
        answer = self.post("/api/v1/session", json={"user": user, "password": password})
        if answer.status_code == 200:
            self.csrf = answer.get_json()["csrf"]
        return answer

    def command(self, command: str, *, csrf: str | None = None, **fields: Any) -> Any:
        """POST /api/v1/commands."""
        body = {"id": f"brws-{next(_ids):08d}", "command": command, **fields}
        return self.post("/api/v1/commands", json=body,
                         headers={"X-CSRF-Token": self.csrf if csrf is None else csrf})

    def field(self, page: str, name: str) -> str:
        """The value of a hidden field."""
        return page.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]


LONG = "Tiếp nhận và trả kết quả thủ tục hành chính lĩnh vực đất đai, xây dựng và môi trường"


def large_settings() -> Settings:
    """Worst case for the eye: twelve counters, long names, ten services."""
    demo = load(DEMO)
    names = [
        ("A", "chung-thuc", "Chứng thực bản sao, chữ ký, hợp đồng và giao dịch"),
        ("B", "ho-tich", "Hộ tịch, quốc tịch, nuôi con nuôi"),
        ("C", "dat-dai", LONG), ("K", "kinh-te", "Kinh tế, hộ kinh doanh, hợp tác xã"),
        ("E", "chinh-sach", "Chính sách xã hội, người có công, bảo trợ xã hội, giảm nghèo bền vững"),
        ("H", "nhan-ket-qua", "Nhận kết quả"), ("G", "truc-tuyen", "Hỗ trợ dịch vụ công trực tuyến"),
        ("L", "lao-dong", "Lao động, việc làm, bảo hiểm thất nghiệp"), ("T", "thue", "Thuế, lệ phí trước bạ"),
        ("N", "nong-nghiep", "Nông nghiệp, thủy lợi, phòng chống thiên tai"),
    ]
    services = tuple(
        Service(id=i, series=s, names={"vi": n, "en": n}, plain={"vi": n, "en": n},
                examples={"vi": "Giấy chứng nhận, giấy phép, xác nhận, đăng ký biến động"})
        for s, i, n in names)
    counters = tuple(
        Counter(n=n, names={
            "vi": f"Quầy {n} – {LONG}" if n in (3, 7) else f"Quầy {n}", "en": f"Counter {n}"})
        for n in range(1, 13))
    devices = tuple(Device(id=f"tablet-{n}", role="tablet", counter=n) for n in range(1, 13))
    site: Site = replace(demo.site, names={
        "vi": "Trung tâm Phục vụ hành chính công phường Hoàn Kiếm – Bộ phận Một cửa liên thông", "en": "One-Stop"})
    accounts: tuple[Account, ...] = demo.accounts
    return replace(demo, services=services, counters=counters, devices=devices, site=site, accounts=accounts)
