"""Whether a text is English: a cheap guess by its commonest words and its script.

What belongs here: the guess. What does not: what happens to postings in other languages. Other languages are not told apart:
lists of skills have no common words of any language, and count as English.
"""

from __future__ import annotations

import re
from collections import Counter

SAMPLE_CHARS = 3_000
MIN_WORDS = 15  # common words found by chance decide nothing
OTHER_SCRIPT_SHARE = 0.3  # of the letters: names in another script stand in English postings too

# fmt: off
ENGLISH = frozenset("""a an and are as at be been by can could do for from had has have help how if in is it its more must new not of on or
    our should such that the their these they this those to us was we well were what when where which who will with within work
    would you your""".split())
OTHERS = frozenset("""ab aber als am an auf aus bei bis bist dein deine dem den der des die du durch ein eine einem einen einer für haben
    ihr im ist kein mit nach nicht oder sich sie sind sowie über und uns unser unsere vom von wir zu zum zur
    au aux avec ce cette dans de du elle en est et être la le les leur nos notre nous ou par pas pour que qui sa sera ses son sont
    sur un une vos votre vous
    al como con de del el ella en es esta este las los lo más muy no nos nuestra nuestro o para pero por que se ser sin sobre son su sus
    tu un una y ya
    a ao aos as com da das de do dos e em é na nas não no nos o os ou para pela pelo por que ser sua suas seu seus um uma você
    che chi ci con da dal dei del della delle di e ed gli i il in la le nel nella non o per più si sono tra un una
    aan bij dat de deze een en het hebben ik in is je jij jouw met niet om onze op te tot uit van voor wij zijn
    ang at ay ba ka kami kung mga na ng ngayon sa si tayo
    att av de den det du ett för har i med och om på som till vi är
    af at den det du en er for har i med og på som til vi vil
    dan dengan di ini kami ke oleh pada untuk yang
    do i jest na nie o oraz się w z za że""".split())
# fmt: on
ONLY_OTHERS = (
    OTHERS - ENGLISH - frozenset("al da dan den die do du e en er es i il in la le me o om on se si son w y z".split())
)

WORDS = re.compile(r"[^\W\d_]+")


def is_english(text: str) -> bool:
    """Whether the beginning of the text reads as English; True where there is too little to tell."""
    start = text[:SAMPLE_CHARS]
    if not start.isascii():
        letters = [character for character in start if character.isalpha()]
        if sum(character > "\u024f" for character in letters) > OTHER_SCRIPT_SHARE * len(letters):
            return False
    counts = Counter(WORDS.findall(start.lower()))
    english = sum(counts[word] for word in ENGLISH if word in counts)
    other = sum(counts[word] for word in ONLY_OTHERS if word in counts)
    return counts.total() < MIN_WORDS or other <= english or other < MIN_WORDS // 3
