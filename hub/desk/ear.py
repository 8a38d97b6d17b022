"""What the hub hears on the line, sorted into its inbox; all of it on the line's own thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future

from hub.desk.inbox import Asked, Inbox, Question
from hub.desk.principal import Principal
from hub.desk.printing import Printing
from hub.desk.speaker import Speaker
from wire.link import Incoming
from wire.topics import MAX_MESSAGE_BYTES, BadTopic, Topics

log = logging.getLogger("hub.ear")


class Ear:
    """``known`` finds the principal of a device from its topic; ``show`` passes device status to the pages."""

    def __init__(
        self, *, topics: Topics, inbox: Inbox, speaker: Speaker, printing: Printing,
        known: Callable[[str], Principal], show: Callable[[str, bytes], None],
    ) -> None:
        self._topics, self._inbox, self._speaker, self._printing = topics, inbox, speaker, printing
        self._known, self._show = known, show

    def heard(self, message: Incoming) -> None:
        """One message from the line."""
        found = self._topics.read(message.topic)
        if found is None:
            return
        if found.kind == "hub/command/<device>":
            self._command(message, found.name)
        elif found.kind == "device/<device>/status":
            if len(message.payload) > MAX_MESSAGE_BYTES:
                log.warning("%s says of itself more than can be kept; ignored", found.name)
                return
            self._show(f"device/{found.name}/status", message.payload)
            self._inbox.put(Question(
                lambda floor: self._printing.device_says(found.name, message.payload), Future()))
        elif found.kind == "state/counter/<n>" and message.retained:
            self._inbox.put(Question(
                lambda floor: self._speaker.clear_if_no_longer_so(message, found.name, floor), Future()))

    def _command(self, message: Incoming, device: str) -> None:
        if message.retained:
            if message.payload:
                log.warning("%s left a retained command; it is cleared, not obeyed", device)
                self._speaker.clear(message.topic)
            return
        if not message.payload:
            return
        try:
            self._topics.reply(device)
        except BadTopic as wrong:
            log.warning("a command on %s is not answered: %s", message.topic, wrong)
            return
        self._inbox.put(Asked(
            self._known(device), message.payload, lambda reply: self._speaker.answer(device, reply), sparing=True))
