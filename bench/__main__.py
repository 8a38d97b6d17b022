"""`python -m bench [NAME …]`: measure, and say whether the goals are met.

Exit codes: 0 all was measured, whatever the figures are; 1 something could not be measured here; 2 a wrong name.
"""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
from pathlib import Path

from bench.figures import BENCHES, FIGURES, Figure, NotMeasured, Sizes, chosen


def parser() -> argparse.ArgumentParser:
    """The options of `python -m bench`."""
    width = max(map(len, FIGURES))
    options = argparse.ArgumentParser(
        prog="python -m bench", description="Measure an office on this machine.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="figures:\n" + "\n".join(f"  {f.name:<{width}}  {f.meaning}" for f in FIGURES.values()))
    options.add_argument("names", nargs="*", metavar="NAME",
                         help=f"a bench ({', '.join(BENCHES)}) or a figure (default: all)")
    options.add_argument("--json", action="store_true", help="one JSON object a line, as soon as it is known")
    options.add_argument("--visits", type=int, default=Sizes().visits, metavar="N",
                         help="visits in the journal of ten years (default: %(default)s)")
    options.add_argument("--cache", type=Path, metavar="DIR",
                         help="where that journal is kept between runs (default: in the system's temporary folder)")
    options.add_argument("--tiny", action="store_true",
                         help="next to nothing of everything: shows that the benches run, the figures mean nothing")
    return options


def measure(figures: list[Figure], sizes: Sizes, *, as_json: bool) -> int:
    """Run the benches of these figures and print each as it comes; returns the exit code."""
    code = 0
    for bench, modules in BENCHES.items():
        wanted = {f.name: f for f in figures if f.bench == bench}
        if not wanted:
            continue
        values: dict[str, float] = {}
        for module in modules:
            try:
                for name, value in importlib.import_module(module).measure(sizes, wanted):
                    values[name] = value
                    _say(wanted[name], value, as_json=as_json)
            except NotMeasured as lacking:
                sys.stderr.write(f"bench {bench}: {lacking}\n")
                code = 1
        for name in wanted.keys() - values.keys():
            _say(wanted[name], None, as_json=as_json)
    return code


def _say(figure: Figure, value: float | None, *, as_json: bool) -> None:
    print(figure.line(value) if as_json else figure.row(value), flush=True)


def main(argv: list[str] | None = None) -> int:
    """Measure what the command line asks for."""
    options = parser().parse_args(argv)
    try:
        figures = chosen(options.names)
    except LookupError as wrong:
        sys.stderr.write(f"bench: {wrong.args[0]}\n")
        return 2
    # Ended from outside, the offices are closed as after any other end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sizes = Sizes(visits=options.visits, cache=options.cache)
    return measure(figures, sizes.tiny() if options.tiny else sizes, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
