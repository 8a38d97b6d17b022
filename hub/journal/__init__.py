"""What happened, on disk, once and in order.

Rule 1: an event is here before anybody hears of it; one commit carries its reply too.
Rule 2: rows of ``events`` are never changed nor taken out; each is chained to the one before.
Rule 3: ``visits``, ``hours`` and ``codes`` are projections: ``motcua rebuild`` makes them anew.
"""
