"""A printer without a printer: it takes the bytes that a real one would take, and draws what it was told.

Rule 1: it shares no code with what makes the bytes. Where both are right, what comes out is what was meant.
Rule 2: it is as difficult as a real one; a hand can do to it (``verbs``) what happens to real ones.
It ships, so that an office runs on a laptop.
"""
