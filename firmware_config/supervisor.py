"""Keeps a few programs running: starts them, passes their words on, starts again what dies, ends them in order.

1. One thread does everything; it sleeps until a program speaks, a program dies or somebody wants the end.
2. A program that dies is started again, sooner or later, for ever.
3. No program outlives its keeper: not when it stops, not when it is killed.
"""

import contextlib
import ctypes
import os
import re
import select
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import IO

QUICK_DEATH_S = 5.0
"""A program that lived less than this is started again only after a pause, which doubles each time."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
STOP_WAIT_S = 5.0

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_ALREADY_STAMPED = re.compile(rb"(\d{4}-\d\d-\d\d[ T])?\d\d:\d\d:\d\d")


def say(program: str, message: str) -> None:
    """Write one log line, time, program, message, to stderr.

    A line that the reader of stderr does not take at once is dropped: somebody who started us and stopped reading
    must not stop the office. Below PIPE_BUF bytes a write to a writable pipe never waits.
    """
    line = f"{time.strftime('%H:%M:%S')} {program}: {message}"
    _write(line.encode("utf-8", "replace")[:select.PIPE_BUF - 1] + b"\n")


def _write(line: bytes) -> None:
    try:
        if select.select([], [2], [], 0)[1]:
            os.write(2, line)
    except OSError:
        pass  # nobody listens any more; the office goes on


@dataclass(slots=True)
class Program:
    """One program to keep.

    `on_line` is given each line of its standard output; without it they are logged. `kept_open` are open files that
    it inherits. An end with the exit code `hopeless` is not mended by starting again: it is `given_up`. Programs of a
    later `stage` end before those of an earlier one, which they need; those of one stage end together.
    """

    name: str
    argv: Sequence[str]
    on_line: Callable[[str], None] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    kept_open: Sequence[int] = ()
    hopeless: int | None = None
    stage: int = 0
    given_up: bool = False
    process: "subprocess.Popen[bytes] | None" = None
    exit_code: int | None = None
    quick_deaths: int = 0
    started_at: float = 0.0
    due_at: float | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self.process.pid if self.process else None


def _tie_to(keeper: int) -> None:
    """Run in the new process before its program: ask the kernel for SIGTERM when the keeper dies.

    The signal follows the death of the *thread* that started the program, so only the main thread starts any.
    """
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != keeper:  # it died before the request was made
            os._exit(1)


class Supervisor:
    """The keeper. `keep` each program, then `step` for as long as wanted, then `stop`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._programs: list[Program] = []
        self._selector = selectors.DefaultSelector()
        self._wake_out, self._wake_in = -1, -1
        self.end_wanted = False

    def start(self) -> None:
        """Take over the signals; call it from the main thread before anything else."""
        self._wake_out, self._wake_in = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._wake_out, selectors.EVENT_READ)
        signal.set_wakeup_fd(self._wake_in, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._want_end)

    def _want_end(self, _number: int, _frame: FrameType | None) -> None:
        self.end_wanted = True

    def keep(self, program: Program) -> None:
        """Start the program now, and again whenever it dies."""
        self._programs.append(program)
        self._launch(program)

    def step(self, timeout_s: float | None = None) -> None:
        """Wait until something happens, at most `timeout_s`; pass words on, and start what is due."""
        due = [p.due_at - self._clock() for p in self._programs if p.due_at is not None]
        waits = [max(0.0, wait) for wait in due] + ([] if timeout_s is None else [timeout_s])
        for key, _ in self._selector.select(min(waits) if waits else None):
            if key.fd == self._wake_out:
                os.read(self._wake_out, 4096)
            else:
                self._hear(key.data, key.fileobj)  # type: ignore[arg-type]  # only pipes are here
        for program in self._programs:
            if program.process is not None and program.process.poll() is not None:
                self._bury(program)
            if program.due_at is not None and self._clock() >= program.due_at and not self.end_wanted:
                self._launch(program)

    def stop(self) -> None:
        """End every program, stage by stage: SIGTERM, then SIGKILL to what has not gone in 5 s."""
        self.end_wanted = True
        for program in self._programs:
            program.due_at = None
        for stage in sorted({program.stage for program in self._programs}, reverse=True):
            self._end([program for program in self._programs if program.stage == stage])
        signal.set_wakeup_fd(-1)

    def _end(self, programs: Sequence[Program]) -> None:
        for program in programs:
            if program.process is not None:
                program.process.terminate()
        limit = self._clock() + STOP_WAIT_S
        while any(program.process is not None for program in programs) and self._clock() < limit:
            self.step(min(0.2, max(0.0, limit - self._clock())))
        for program in programs:
            if program.process is not None:
                say("demo", f"{program.name} did not stop within {STOP_WAIT_S:g} s and is killed")
                program.process.kill()
                program.process.wait()
                self._bury(program)

    def _launch(self, program: Program) -> None:
        keeper = os.getpid()
        program.due_at, program.started_at = None, self._clock()
        try:
            process = subprocess.Popen(
                program.argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                env={**os.environ, **program.environment}, pass_fds=program.kept_open,
                start_new_session=True,  # Ctrl-C reaches the keeper alone, which ends the others in order
                preexec_fn=lambda: _tie_to(keeper))  # noqa: PLW1509 (safe: this process has one thread)
        except OSError as wrong:
            say("demo", f"{program.name} can not be started: {program.argv[0]}: {wrong.strerror}")
            self._plan_again(program)
            return
        program.process = process
        for stream, is_output in ((process.stdout, True), (process.stderr, False)):
            assert stream is not None
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ, _Ear(program, is_output))

    def _hear(self, ear: "_Ear", stream: IO[bytes]) -> None:
        heard = stream.read(65536)
        if heard is None:
            return
        if heard == b"":
            self._selector.unregister(stream)
            stream.close()
            lines = [ear.rest] if ear.rest else []
        else:
            *lines, ear.rest = (ear.rest + heard).split(b"\n")
            if len(ear.rest) > 65536:
                lines, ear.rest = [*lines, ear.rest], b""
        for line in lines:
            ear.hear(line)

    def _bury(self, program: Program) -> None:
        process = program.process
        assert process is not None
        for key in [k for k in self._selector.get_map().values() if k.data and k.data.program is program]:
            self._hear(key.data, key.fileobj)  # type: ignore[arg-type]  # its last words
            if not key.fileobj.closed:  # type: ignore[union-attr]  # only pipes are here
                self._selector.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]  # only pipes are here
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # what it may have started itself goes with it
        program.process, program.exit_code = None, process.returncode
        program.given_up = program.exit_code == program.hopeless
        if not self.end_wanted and not program.given_up:
            self._plan_again(program)

    def _plan_again(self, program: Program) -> None:
        quick = self._clock() - program.started_at < QUICK_DEATH_S
        pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(program.quick_deaths, 10)) if quick else 0.0
        program.quick_deaths = program.quick_deaths + 1 if quick else 0
        program.due_at = self._clock() + pause
        if program.exit_code is not None:
            again = f"in {pause:g} s" if pause else "at once"
            say("demo", f"{program.name} ended ({how_it_ended(program.exit_code)}); it starts again {again}")


@dataclass(slots=True)
class _Ear:
    """Listens to one stream of one program, line by line."""

    program: Program
    is_output: bool
    rest: bytes = b""

    def hear(self, line: bytes) -> None:
        line = line.rstrip()
        if self.is_output and self.program.on_line is not None:
            self.program.on_line(line.decode("utf-8", "replace"))
        elif _ALREADY_STAMPED.match(line):
            _write(line[:select.PIPE_BUF - 1] + b"\n")
        elif line:
            say(self.program.name, line.decode("utf-8", "replace"))


def how_it_ended(exit_code: int) -> str:
    """An exit code in words: a number, or the signal that ended it."""
    if exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        return f"by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"by signal {-exit_code}"
