"""Which letters of the number series sound alike over a loudspeaker in Vietnamese.

Vietnamese names its letters a, bê, xê, dê, e, giê, … Over a hall's loudspeaker the first consonant is what gets
lost, so letters of one rhyme are heard for each other. Digits do not rhyme among themselves.
"""

from collections.abc import Iterable, Iterator

SOUNDS = {
    "A": "a", "K": "ca",
    "B": "bê", "C": "xê", "D": "dê", "E": "e", "G": "giê", "P": "pê", "T": "tê", "V": "vê",
    "I": "i", "J": "gi", "Q": "quy", "Y": "y",
    "L": "lờ", "M": "mờ", "N": "nờ", "R": "rờ", "S": "sờ",
}
RHYMES = ("AK", "BCDEGPTV", "IJQY", "LMNRS")


def rhyming(series: Iterable[str]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield each group of two or more of these series that rhyme, with how each is said."""
    used = set(series)
    for rhyme in RHYMES:
        heard = tuple(letter for letter in rhyme if letter in used)
        if len(heard) > 1:
            yield heard, tuple(SOUNDS[letter] for letter in heard)
