"""The slip: what is on the paper, how it becomes bytes, how the bytes leave, and what became of them.

Rule 1: what stands on a slip is decided in ``slip``, which knows no printer; how it looks in bytes in ``encode``,
which knows no cable; what became of it in ``press``, which knows neither.
Rule 2: a slip is a row on the disk with an end. An id is printed once; one that may or may not have come out is
printed once more, with the same number and the mark of a copy.
Rule 3: a printer is believed only when it answers. No trouble of a printer stops anybody but the slip it hits.
"""
