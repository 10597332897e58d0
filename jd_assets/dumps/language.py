"""Whether a text is English: a cheap guess by its commonest words and its script.

What belongs here: the guess. What does not: what happens to postings in other languages. Other languages are not told
apart. Lists of skills have no common words of any language, and count as English.
"""

from __future__ import annotations

import re
from collections import Counter

SAMPLE_CHARS = 3_000
MIN_WORDS = 15
MIN_FOREIGN_WORDS = 5  # fewer are names and quotations
OTHER_SCRIPT_SHARE = 0.3  # of the letters: names in another script stand in English postings too

ENGLISH = frozenset(
    """a an and are as at be been by can could do for from had has have help how if in is it its more must new not of on
    or our should such that the their these they this those to us was we well were what when where which who will with
    within work would you your""".split()
)
# The commonest words of German, French, Spanish, Portuguese, Italian, Dutch, Swedish, Danish, Polish, Filipino,
# Indonesian and Romanian, without those that are English words, names or abbreviations as well.
FOREIGN = frozenset(
    """aber aus auf bei bis dein deine dem der durch ein eine einem einen einer für haben ihr ist kein mit nach nicht
    oder sich sie sind sowie über und uns unser unsere vom von wir zu zum zur
    aux avec ce cette dans elle et être les leur notre nous pour que qui sera ses sont une vos votre vous
    como del el esta este las los más muy nuestra nuestro para pero por ser sus una uno
    aos das dos em não nas nos pela pelo são seu seus suas um uma você
    che degli dei del della delle gli nel nella non più sono una
    aan dat deze een het hebben ik je jij jouw niet onze voor wij zijn
    att av det ett för har och är jag
    af det har og på som vil
    dla jest nie oraz się są ze że
    ang kami kung mga ng ngayon tayo
    dengan ini ke oleh pada untuk yang
    care din este pentru și sau""".split()
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
    english = sum(counts[word] for word in counts.keys() & ENGLISH)
    foreign = sum(counts[word] for word in counts.keys() & FOREIGN)
    return counts.total() < MIN_WORDS or foreign <= english or foreign < MIN_FOREIGN_WORDS
