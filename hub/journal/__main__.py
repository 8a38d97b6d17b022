"""``motcua verify`` and ``motcua rebuild``: look after a journal by hand.

Exit codes: 0 all is well; 1 something in the journal is wrong (the line names the first); 2 there
is no journal, or a hub is working on it.
"""

from __future__ import annotations

import argparse
import fcntl
import sqlite3
import sys
from pathlib import Path

from hub.journal import check
from hub.journal.journal import FILE, connect
from hub.journal.migrate import say
from hub.journal.rows import UnknownEvent


def parser() -> argparse.ArgumentParser:
    """The options of both commands."""
    options = argparse.ArgumentParser(prog="motcua", description="Look after an office's journal.")
    commands = options.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in (
        ("verify", "check every row: no gap, the hash chain, and the projections against the events"),
        ("rebuild", "make the projections anew from the events (stop the hub first)"),
    ):
        one = commands.add_parser(name, help=text, description=text, prog=f"motcua {name}")
        one.add_argument("--data", type=Path, required=True, metavar="DIR", help="the folder that holds journal.db")
    return options


def main(argv: list[str] | None = None) -> int:
    """Run one of the commands; returns the exit code."""
    options = parser().parse_args(argv)
    path: Path = options.data / FILE
    if not path.is_file():
        return _mend(options.command, f"there is no {FILE} in {options.data}; give the hub's data folder with --data")
    try:
        if options.command == "verify":
            count = check.verify(connect(path, read_only=True), tell=say)
            print(f"verify: {count} events, all of them whole")
            return 0
        with (options.data / "hub.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return _mend("rebuild", f"a hub works on {options.data}; stop it first")
            count = check.rebuild(connect(path), tell=say)
        print(f"rebuild: projections made anew from {count} events")
        return 0
    except (check.BadRow, UnknownEvent, sqlite3.DatabaseError) as wrong:
        say(f"motcua {options.command}: {wrong}")
        return 1
    except OSError as wrong:
        return _mend(options.command, str(wrong))


def _mend(command: str, text: str) -> int:
    say(f"motcua {command}: {text}")
    return 2


if __name__ == "__main__":
    sys.exit(main())
