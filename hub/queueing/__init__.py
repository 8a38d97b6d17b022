"""Who waits, who is called, who was served: the rules of the hall, and nothing else.

Rule 1: only ``Floor.apply`` changes the floor; every rule looks at it and answers with events.
Rule 2: no clock, no randomness, no I/O, no log, no thread. Time and ids are handed in.
Rule 3: this package knows the standard library and itself.
"""
