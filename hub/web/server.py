"""The pages' server: waitress, with as many threads as pages that may follow live."""

from __future__ import annotations

import threading
from typing import Any

from waitress import create_server


class WebServer:
    """Listens from the moment it is made, serves from ``start`` to ``stop``.

    ``OSError`` where the address can not be listened at.
    """

    def __init__(self, app: Any, *, host: str, port: int, threads: int) -> None:
        self._server = create_server(
            app, host=host, port=port, threads=threads, ident=None, channel_timeout=60,
            connection_limit=max(400, 4 * threads), max_request_header_size=16 * 1024,
            max_request_body_size=1 << 20, clear_untrusted_proxy_headers=True)
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more; open connections are dropped when the process ends."""
        self._server.close()
