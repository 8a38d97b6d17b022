"""Where commands come in, one at a time, and answers go out: judge, keep, speak.

Rule 1: one thread owns the floor; everybody else puts a note in its inbox.
Rule 2: nothing is said before it is on disk; what could not be kept was never done.
Rule 3: a page asks for things exactly as a device does.
"""
