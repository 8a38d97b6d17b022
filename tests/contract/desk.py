"""A browser's view of the hub: HTTP by the standard library, a cookie jar, the CSRF token."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any

from tests.contract.line import host_port, new_id

HTTP_PATIENCE_S = 20.0


@dataclass(frozen=True)
class Answer:
    """What the hub's web server said."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; fails showing the body when it is none."""
        try:
            return json.loads(self.body.decode("utf-8"))
        except ValueError as wrong:
            raise AssertionError(f"HTTP {self.status} is not JSON: {self.body[:300]!r}") from wrong

    def header(self, name: str) -> str:
        """The first header of that name, or an empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


class Desk:
    """One browser: signed in or not. Redirects are shown, never followed."""

    def __init__(self, address: str) -> None:
        self._address = host_port(address)
        self.cookies: dict[str, str] = {}
        self.csrf = ""

    def send(self, method: str, path: str, body: bytes | None = None, *, csrf: bool = True) -> Answer:
        """One request on a connection of its own; never raises for a status."""
        headers: dict[str, str] = {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if csrf and self.csrf:
            headers["X-CSRF-Token"] = self.csrf
        connection = http.client.HTTPConnection(*self._address, timeout=HTTP_PATIENCE_S)
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()
        for key, value in answer.headers:
            if key.lower() == "set-cookie":
                name, _, rest = value.partition("=")
                self.cookies[name.strip()] = rest.partition(";")[0]
        return answer

    def get(self, path: str) -> Answer:
        """GET."""
        return self.send("GET", path)

    def post(self, path: str, body: bytes | dict[str, Any], *, csrf: bool = True) -> Answer:
        """POST JSON, or the bytes as they are."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return self.send("POST", path, raw, csrf=csrf)

    def sign_in(self, user: str, password: str) -> Answer:
        """POST /api/v1/session; keeps the cookie and the CSRF token."""
        answer = self.post("/api/v1/session", {"user": user, "password": password}, csrf=False)
        if answer.status == 200:
            self.csrf = answer.json()["csrf"]
        return answer

    def command(self, command: str, /, *, id: str | None = None, **fields: Any) -> Answer:
        """POST /api/v1/commands with a fresh id unless told one."""
        return self.post("/api/v1/commands", {"id": id or new_id(), "command": command, **fields})
