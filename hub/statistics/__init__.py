"""What the figures say: counts, waits and ratings of a day, read from the journal's projections.

Rule 1: a statistic is a function of visits; it changes nothing, knows no clock and no page.
Rule 2: beside every rate stands its n; what is too few to say is not said.
Rule 3: "nothing happened" and "nothing is known" are different answers: the second is ``None``.
"""
