"""`motcua`: one name for every program of the office. It knows their names and imports none of them."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import metadata
from pathlib import Path
from typing import NoReturn


@dataclass(frozen=True, slots=True)
class Command:
    """What a name starts: `python -m module first…`, and what it is for in one line."""

    module: str
    about: str
    first: tuple[str, ...] = ()


COMMANDS = {
    "demo": Command("firmware_config.demo", "run a whole demo office on this machine"),
    "hub": Command("hub", "the hub alone: decides, keeps the journal, serves the pages"),
    "kiosk": Command("kiosk", "a kiosk: gives numbers, on a screen, by buttons, or both"),
    "printer": Command("ticket_printer", "a ticket printer for devices that have none of their own"),
    "counter": Command("counter_display", "the box of buttons and lamps on a counter", ("box",)),
    "tv": Command("counter_display", "a screen on the wall: who is called where", ("tv",)),
    "settings": Command("firmware_config.settings_command",
                        "check a settings folder, list every setting, make a password's hash"),
    "broker-files": Command("firmware_config.broker_files",
                            "make mosquitto's configuration, passwords and certificates for an office"),
    "verify": Command("hub.journal", "check that nobody changed the journal", ("verify",)),
    "rebuild": Command("hub.journal", "make the journal's tables of visits and hours again", ("rebuild",)),
}


def version() -> str:
    """The version installed, or that of the checkout this runs from."""
    try:
        return metadata.version("motcua")
    except metadata.PackageNotFoundError:
        return "not installed (running from a checkout)"


def overview() -> str:
    """Every name with its line."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {command.about}" for name, command in COMMANDS.items()]
    return ("usage: motcua COMMAND [its options]\n\nNumbered tickets, calling and satisfaction ratings for one-stop "
            "offices.\n\n" + "\n".join(lines) + "\n\n`motcua COMMAND --help` tells more; `motcua demo` is the "
            "place to begin.")


def command_line(command: Command, arguments: Sequence[str]) -> list[str]:
    """What is run for a command. `-P`: a folder called `hub` in the current one must not be taken for ours."""
    return [sys.executable, "-P", "-m", command.module, *command.first, *arguments]


def main(argv: Sequence[str] | None = None) -> int:
    """Become the program that is named; returns only for help, version and names nobody knows (exit code 2)."""
    given = sys.argv[1:] if argv is None else list(argv)
    if not given or given[0] in ("-h", "--help", "help"):
        print(overview())
        return 0
    if given[0] in ("--version", "-V", "version"):
        print(f"motcua {version()}")
        return 0
    command = COMMANDS.get(given[0])
    if command is None:
        near = get_close_matches(given[0], COMMANDS, n=1)
        cure = f"did you mean `motcua {near[0]}`?" if near else f"choose from {', '.join(COMMANDS)}"
        print(f"motcua: there is no command {given[0]!r}; {cure}", file=sys.stderr)
        return 2
    return become(command, given[1:])


def become(command: Command, arguments: Sequence[str]) -> NoReturn:
    """Turn this process into the command's program."""
    root = Path(__file__).resolve().parent.parent
    if root.name not in ("site-packages", "dist-packages"):  # a checkout, perhaps not installed
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH", ""), str(root)]))
    sys.stdout.flush()
    os.execv(sys.executable, command_line(command, arguments))


if __name__ == "__main__":
    sys.exit(main())
