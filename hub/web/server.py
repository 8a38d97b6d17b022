"""Serves the pages by waitress: threads enough for the pages that follow live, limits for the rest."""

from __future__ import annotations

import threading
from typing import Any

from flask import Flask
from waitress import create_server, wasyncore

_REQUEST_S = 30
_CONNECTIONS = 400


class Server:
    """One listening address. ``start`` serves in threads of its own until ``stop``."""

    def __init__(self, app: Flask, host: str, port: int, *, threads: int = 64) -> None:
        self._app = app
        self._server: Any = create_server(
            app, host=host, port=port, threads=threads, ident="motcua",
            connection_limit=_CONNECTIONS, channel_timeout=_REQUEST_S, cleanup_interval=10,
            outbuf_high_watermark=1024 * 1024, max_request_header_size=16 * 1024,
            max_request_body_size=1024 * 1024, backlog=256,
            # It goes on listening while it answers, so a page that follows live is seen to leave.
            channel_request_lookahead=1,
            # A proxy's word about whom it asks for is weighed by hub.web.guard.
            clear_untrusted_proxy_headers=False)
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on, also where 0 was asked for."""
        return int(self._server.effective_port)

    def start(self) -> None:
        """Serve, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Let the pages that follow live go, and serve no more."""
        house = self._app.extensions["motcua"]
        house.live.close()
        self._server.task_dispatcher.shutdown(timeout=2)
        # In the server's own thread: it sleeps on these sockets, which nobody else may close.
        self._server.trigger.pull_trigger(lambda: wasyncore.close_all(self._server._map, ignore_all=True))
        self._thread.join(2)
        house.sessions.close()
