"""`motcua settings`: check a settings folder, print the page about settings, or make a password's hash."""

import argparse
import getpass
import sys
from pathlib import Path

from firmware_config import programs
from firmware_config.settings import BadSettings, load
from firmware_config.settings_page import page

# OWASP's password storage cheat sheet, argon2id: 19 MiB, 2 passes, 1 lane; about 0.1 s on a small computer.
MEMORY_KIB, PASSES, LANES = 19456, 2, 1
SHORTEST_PASSWORD = 10


def parser() -> argparse.ArgumentParser:
    """The options of `motcua settings`."""
    options = argparse.ArgumentParser(prog="motcua settings", description="Check settings, or learn about them.")
    what = options.add_subparsers(dest="what", required=True, metavar="WHAT")
    check = what.add_parser("check", help="tell every mistake in a settings folder at once")
    check.add_argument("folder", type=Path, metavar="DIR")
    what.add_parser("page", help="print docs/SETTINGS.md: every setting, its type, default and meaning")
    what.add_parser("password", help="ask for a password and print its hash for accounts.toml")
    return options


def main(argv: list[str] | None = None) -> int:
    """Run one of them; returns 0, or 2 when the settings or the password are refused."""
    options = parser().parse_args(argv)
    if options.what == "page":
        sys.stdout.write(page())
        return 0
    return check(options.folder) if options.what == "check" else make_hash()


def check(folder: Path) -> int:
    """Tell what is wrong with a folder, or that nothing is and what is worth a look."""
    wrong: list[str] = []
    try:
        settings = load(folder)
    except BadSettings as bad:
        wrong += bad.complaints
    if folder.is_dir():
        wrong += programs.complaints(folder)
    if wrong:
        sys.stderr.write(f"{BadSettings(tuple(wrong))}\n")
        return 2
    for warning in settings.warnings:
        sys.stdout.write(f"worth a look: {warning}\n")
    sys.stdout.write(f"{folder}: good; {settings.site.id}, {len(settings.services)} services, "
                     f"{len(settings.counters)} counters, {len(settings.devices)} devices\n")
    return 0


def make_hash() -> int:
    """Ask for a password twice (once when it comes through a pipe) and print its argon2id hash."""
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            sys.stderr.write("the two are not the same; nothing was made\n")
            return 2
    else:
        password = sys.stdin.readline().rstrip("\n")
    if len(password) < SHORTEST_PASSWORD:
        sys.stderr.write(f"{len(password)} characters are too few; use at least {SHORTEST_PASSWORD}\n")
        return 2
    from argon2 import PasswordHasher  # imported late: reading settings needs no password machinery

    hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
    sys.stdout.write(hasher.hash(password) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
