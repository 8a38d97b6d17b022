"""The broker amqtt as a program of its own: `python -m firmware_config.amqtt_broker HOST:PORT`.

Pure Python, so a laptop without mosquitto can run the demo; it takes anyone and keeps nothing.
"""

import asyncio
import logging
import signal
import sys

from firmware_config.forms import Address


async def serve(address: Address) -> None:
    """Listen at the address until SIGTERM or SIGINT."""
    from amqtt.broker import Broker  # imported late: it takes a third of a second and not everybody has it

    broker = Broker({
        "listeners": {"default": {"type": "tcp", "bind": str(address)}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    })
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    await broker.start()
    await end.wait()
    await broker.shutdown()


def main(argv: list[str] | None = None) -> int:
    """Run the broker; one argument, HOST:PORT."""
    given = sys.argv[1:] if argv is None else argv
    if len(given) != 1:
        sys.stderr.write("usage: python -m firmware_config.amqtt_broker HOST:PORT\n")
        return 2
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    asyncio.run(serve(Address.read(given[0])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
