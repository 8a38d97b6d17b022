"""The machine at the door: a person touches what they came for, and has a number.

Rule 1: one press, one number: until it is there or refused, no other press counts.
Rule 2: a number is on the disk, here or at the hub, before anybody sees it; it is never given twice.
Rule 3: nobody is left without a word: not by a silent hub, an empty roll, a closed service or a fault.
"""
