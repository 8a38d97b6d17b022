"""The real cable: MQTT 3.1.1 by paho-mqtt, over TCP or TLS.

Rule 1: nothing is queued across a lost line; what must arrive is kept and resent by the caller.
Rule 2: one daemon thread reads; whoever publishes writes, so a message leaves without a thread hop.
Rule 3: what a callback raises is logged; the line outlives it.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from wire.link import Callbacks, Incoming, LinkError, Will

_log = logging.getLogger(__name__)
_RETRY_FIRST_S, _RETRY_LAST_S = 0.2, 2.0
_CONNECT_TIMEOUT_S = 3.0
_IN_FLIGHT = 20_000
"""Unanswered QoS 1 messages at once. paho's own 20 would hold a busy hub back behind its PUBACKs."""


class _Wire:
    """A socket that two threads may use, and that can be closed under a sleeping ``select``.

    One thread reads while another writes, and before Python 3.13 a TLS socket does not bear that;
    so one lock for both. The socket never blocks: nobody waits long. ``close`` shuts down first,
    because on Linux a ``select`` in another thread does not notice that its socket was closed, and
    would sleep on until its time is over.

    Reading ahead here was tried, since paho asks for a packet byte by byte at first: it made no
    difference (30 to 50 us a message either way).
    """

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._one = threading.Lock()
        self.pending: Callable[[], int] = getattr(sock, "pending", lambda: 0)

    def recv(self, size: int) -> bytes:
        with self._one:
            return bytes(self._sock.recv(size))

    def send(self, data: bytes | bytearray) -> int:
        with self._one:
            return int(self._sock.send(data))

    def fileno(self) -> int:
        return int(self._sock.fileno())

    def setblocking(self, flag: bool) -> None:
        self._sock.setblocking(flag)

    def shutdown(self) -> None:
        with suppress(OSError):       # the other end was faster
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.shutdown()
        self._sock.close()


class _Client(Client):
    """paho's client, repaired so that one thread may read while others publish.

    Written against paho-mqtt 2.2; the contract suite in tests/wire tells when another version no
    longer fits.
    """

    def __init__(self, client_id: str) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=True)
        self._one_writes = threading.RLock()
        self.reader = 0                 # ident of the network thread
        self.trouble = ""               # why the last attempt to connect failed

    def _create_socket(self) -> Any:
        # paho's name for "anything with recv, send, close, fileno, setblocking and pending".
        try:
            sock: Any = super()._create_socket()
        except OSError as wrong:
            self.trouble = str(wrong)    # paho's on_connect_fail does not say why
            raise
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _Wire(sock)

    def _packet_write(self) -> MQTTErrorCode:
        # The network thread writes PUBACKs and pings while others publish. paho takes a packet off
        # its queue and then sends it, without a lock: two threads could swap two states of one
        # topic, or put one packet into the middle of another that the kernel took only in part. With
        # a broker that reads slowly that was seen in seconds (test_no_packet_gets_into_another).
        with self._one_writes:
            rc = super()._packet_write()
        if rc in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_AGAIN):
            return rc
        if threading.get_ident() == self.reader:
            return rc
        # A publisher must not tear the line down: it holds paho's lock on the unanswered messages,
        # and would wait for the callback lock while a callback waits for that one. The reader sees
        # the end of the stream and does it.
        self.break_line()
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def break_line(self) -> None:
        """End the stream under paho, which then finds the line lost."""
        if isinstance(wire := self._sock, _Wire):
            wire.shutdown()


def _tell(name: str, callback: Callable[..., None], *args: object) -> None:
    try:
        callback(*args)
    except Exception:  # noqa: BLE001 -- whatever it is, it is the callback's trouble, not the line's
        _log.exception("link %s: a callback failed", name)


class PahoLink:
    """A line to a real broker; keeps the contract of ``wire.link.Link``.

    ``ca_file`` turns TLS on and names the authority that the broker's certificate is checked
    against. ``keepalive_s`` is how long a silent line is believed; the broker says our will after
    one and a half times that. ``last_error`` is what went wrong last, as a sentence for people,
    or ``""`` where nothing is wrong.
    """

    def __init__(self, host: str, port: int, *, client_id: str, username: str = "",
                 password: str = "", ca_file: str = "", keepalive_s: int = 10) -> None:
        self.client_id = client_id
        self.last_error = ""
        self._host, self._port = host, port
        self._username, self._password, self._ca_file = username, password, ca_file
        self._keepalive_s = keepalive_s
        self._callbacks = Callbacks(on_message=lambda _: None)
        self._wanted: dict[str, int] = {}
        self._client: _Client | None = None
        self._thread: threading.Thread | None = None
        self._connected = False
        self._one_sends = threading.RLock()

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us and the line is not known to be down."""
        return self._connected

    def start(self, callbacks: Callbacks, *, subscribe: Sequence[tuple[str, int]] = (),
              will: Will | None = None) -> None:
        """Begin to connect, and go on trying; returns at once.

        ``LinkError`` where it was started already; ``OSError`` where ``ca_file`` can not be read.
        """
        if self._client is not None:
            raise LinkError(f"link {self.client_id!r} is started already; stop it first")
        client = _Client(self.client_id)
        client.max_inflight_messages = _IN_FLIGHT
        client.connect_timeout = _CONNECT_TIMEOUT_S
        client.reconnect_delay_set(_RETRY_FIRST_S, _RETRY_LAST_S)  # type: ignore[arg-type]  # floats do
        if self._username:
            client.username_pw_set(self._username, self._password)
        if self._ca_file:
            client.tls_set(ca_certs=self._ca_file)
        if will is not None:
            client.will_set(will.topic, will.payload, will.qos, will.retain)
        client.on_pre_connect = self._before_connect
        client.on_connect = self._answered
        client.on_connect_fail = self._unreachable
        client.on_disconnect = self._lost
        client.on_message = self._heard
        client.on_subscribe = self._subscribed
        client.connect_async(self._host, self._port, keepalive=self._keepalive_s)
        self._callbacks, self._wanted = callbacks, dict(subscribe)
        self._client = client
        self._thread = threading.Thread(target=self._run, args=(client,), daemon=True,
                                        name=f"link-{self.client_id}")
        self._thread.start()

    def subscribe(self, topic: str, qos: int = 1) -> None:
        """Also hear ``topic``, now and after each reconnection."""
        self._wanted = {**self._wanted, topic: qos}
        if self._connected and self._client is not None:
            self._client.subscribe(topic, qos)

    def unsubscribe(self, topic: str) -> None:
        """No longer hear ``topic``."""
        self._wanted = {t: q for t, q in self._wanted.items() if t != topic}
        if self._connected and self._client is not None:
            self._client.unsubscribe(topic)

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> bool:
        """Write a message to the socket, or to its buffer; ``False`` where the line is down.

        ``True`` promises nothing: the line may break while the message is under way.
        """
        client = self._client
        if client is None:
            return False
        with self._one_sends:
            if not self._connected:
                return False
            return client.publish(topic, payload, qos, retain).rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def stop(self, farewell: Will | None = None, *, timeout_s: float = 2.0) -> None:
        """Say ``farewell`` and wait for its PUBACK, disconnect cleanly (no last will), and return.

        Takes at most about twice ``timeout_s``. Not to be called from a callback.
        """
        client, thread = self._client, self._thread
        if client is None:
            return
        self._client = self._thread = None      # from here on its callbacks know that they are of the past
        if farewell is not None and self._connected:
            said = client.publish(farewell.topic, farewell.payload, farewell.qos, farewell.retain)
            try:
                said.wait_for_publish(timeout_s)
            except (RuntimeError, ValueError):
                _log.info("link %s: the line was gone before the farewell", self.client_id)
        self._connected = False
        client.disconnect()
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_s)

    def break_line(self) -> None:
        """Break the line as pulling the cable out does: no farewell, and then it is made again."""
        if self._client is not None:
            self._client.break_line()

    # -- paho's callbacks, all of them of them on the network thread

    def _run(self, client: _Client) -> None:
        client.reader = threading.get_ident()
        while client is self._client:
            try:
                client.loop_forever(retry_first_connection=True)
            except Exception as wrong:  # noqa: BLE001 -- such as a host name that can not be encoded
                self._complain(f"{self._host}:{self._port}: {wrong}")
                threading.Event().wait(_RETRY_LAST_S)

    def _before_connect(self, client: Client, _: Any) -> None:
        # A publisher that saw the old line up has met its end by now, or sees that it is down.
        with self._one_sends:
            if client is self._client:
                self._connected = False

    def _answered(self, client: Client, _: Any, flags: ConnectFlags, reason: ReasonCode,
                  properties: Properties | None) -> None:
        if client is not self._client:
            client.disconnect()            # `stop` came while it was connecting, and was not noticed
            return
        if reason.is_failure:
            self._complain(f"the broker {self._host}:{self._port} refuses {self.client_id!r}"
                           f"{f' as {self._username!r}' if self._username else ''}: {reason}; "
                           "check the name, the password and the broker's access list")
            return
        client.drop_out_messages()         # rule 1; paho would send them again, late and out of order
        if self._wanted:
            client.subscribe(list(self._wanted.items()))
        self.last_error = ""
        self._connected = True
        _tell(self.client_id, self._callbacks.on_connect)

    def _subscribed(self, client: Client, _: Any, mid: int, reasons: list[ReasonCode],
                    properties: Properties | None) -> None:
        if any(r.is_failure for r in reasons):
            self._complain(f"the broker refuses to let {self.client_id!r} hear all of "
                           f"{', '.join(sorted(self._wanted))}; check its access list")

    def _unreachable(self, client: Client, _: Any) -> None:
        if client is not self._client:
            client.disconnect()
            return
        why = client.trouble if isinstance(client, _Client) else ""
        self._complain(f"no line to {self._host}:{self._port}: {why}; "
                       "is the broker running, and are host, port and certificate right?")

    def _lost(self, client: Client, _: Any, flags: DisconnectFlags, reason: ReasonCode,
              properties: Properties | None) -> None:
        if client is not self._client:
            return
        was, self._connected = self._connected, False
        if was:
            self._complain(f"the line to {self._host}:{self._port} broke: {reason}")
            _tell(self.client_id, self._callbacks.on_disconnect)

    def _heard(self, client: Client, _: Any, message: MQTTMessage) -> None:
        if client is not self._client:
            return
        try:
            incoming = Incoming(message.topic, bytes(message.payload), message.retain)
        except UnicodeDecodeError:
            return                         # no topic of ours
        _tell(self.client_id, self._callbacks.on_message, incoming)

    def _complain(self, text: str) -> None:
        if text != self.last_error:
            _log.warning("link %s: %s", self.client_id, text)
        self.last_error = text
