"""How pretend hardware is driven: a few verbs as JSON lines over a unix socket.

A program that runs with pretend hardware listens on ``DIR/<device>.sock``; a test, the hall or a
simulated person presses there. One request a line, ``{"verb": "press", "button": "next"}``; one
answer a line, ``{"ok": true, …}`` or ``{"ok": false, "error": "…"}``.

Rule 1: a verb does to the pretend hardware what a hand, a fault or an eye would do to the real one;
no verb reaches past it into the program.
Rule 2: ``verbs`` is always there and tells which others are.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

Verb = Callable[..., Mapping[str, Any] | None]
_LONGEST = 64 * 1024
_LONGEST_PATH = 100
"""The kernel takes 107 bytes of path for a unix socket."""


class PretendError(Exception):
    """Base class: pretend hardware could not be reached or did not do it."""


class NobodyThere(PretendError, ConnectionError):
    """No program with pretend hardware listens at that path."""


class NotDone(PretendError, ValueError):
    """The pretend hardware has no such verb, or refused it; the text says why."""


class Pretend:
    """Listens for verbs from ``start`` to ``stop``.

    ``verbs`` maps a name to what it does, called with the request's other fields as keywords, on
    the thread of whoever asked; what it returns is added to the answer. An exception's text becomes
    the answer's ``error``.
    """

    def __init__(self, path: Path, verbs: Mapping[str, Verb]) -> None:
        self.path = path
        self._verbs: dict[str, Verb] = {**verbs, "verbs": lambda: {"verbs": sorted(self._verbs)}}
        self._socket: socket.socket | None = None

    def start(self) -> None:
        """Begin to listen; a socket left by a program that was killed is replaced."""
        if len(os.fsencode(self.path)) > _LONGEST_PATH:
            raise PretendError(f"{self.path} is too long for a socket; give a shorter folder")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(os.fspath(self.path))
        self.path.chmod(0o600)
        self._socket.listen(8)
        threading.Thread(target=self._serve, args=(self._socket,), name="pretend", daemon=True).start()

    def stop(self) -> None:
        """Listen no more."""
        if self._socket is not None:
            with suppress(OSError):  # it may be closed already
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            self._socket = None
        self.path.unlink(missing_ok=True)

    def _serve(self, listening: socket.socket) -> None:
        while True:
            try:
                caller, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer_all, args=(caller,), daemon=True).start()

    def _answer_all(self, caller: socket.socket) -> None:
        with caller, caller.makefile("rwb") as lines, suppress(OSError):
            while line := lines.readline(_LONGEST):
                lines.write(json.dumps(self._answer(line), ensure_ascii=False).encode() + b"\n")
                lines.flush()

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
            verb = self._verbs[request.pop("verb")]
        except (ValueError, AttributeError, KeyError, TypeError):
            return {"ok": False, "error": f"no such verb; here are: {', '.join(sorted(self._verbs))}"}
        try:
            return {"ok": True, **(verb(**request) or {})}
        except Exception as wrong:  # noqa: BLE001 (whatever it is, the one who asked has to hear of it)
            return {"ok": False, "error": f"{type(wrong).__name__}: {wrong}"}


def ask(path: Path, verb: str, /, *, timeout_s: float = 10.0, **fields: Any) -> dict[str, Any]:
    """What pretend hardware at ``path`` answers to ``verb``.

    ``NobodyThere`` where no program listens, ``NotDone`` where it was refused.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(timeout_s)
            line.connect(os.fspath(path))
            with line.makefile("rwb") as lines:
                lines.write(json.dumps({"verb": verb, **fields}).encode() + b"\n")
                lines.flush()
                answer = json.loads(lines.readline())
    except (OSError, ValueError) as wrong:
        raise NobodyThere(
            f"nobody answers at {path} ({wrong}); is the program running with pretend hardware?") from None
    if not answer.pop("ok", False):
        raise NotDone(f"{path.stem}: {verb}: {answer.get('error', 'no answer')}")
    return dict(answer)
