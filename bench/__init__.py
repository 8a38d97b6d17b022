"""How fast an office is, on the machine at hand: `python -m bench --help`, and docs/BENCH.md.

Rule 1: what is measured is the product itself, `python -m hub` behind a real broker; nothing of it is replaced.
Rule 2: a figure is a median of several repetitions, and where the machine decides it, a ratio to what the same
machine needs for the bare work in the same minute.
Rule 3: each bench opens offices of its own on free loopback ports, in temporary folders, and leaves nothing behind.
"""
