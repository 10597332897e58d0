"""Which postings repeat others: exactly, or as near duplicates (reposted, in another place, through an agency).

What belongs here: fingerprints and the assignment of postings to the first one of their cluster. What does not: where
fingerprints are kept (`store/fingerprints`).

Leader clustering: in the order of dumps, and in a dump of its records, each posting is compared with leaders only;
one that resembles none becomes a leader. So what comes later never changes an earlier assignment.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jd_assets.hashing import digest
from jd_assets.records import DuplicateKind, Posting

# MinHash (Broder, "On the resemblance and containment of documents", 1997) with 128 hash functions: the estimate's
# standard deviation is at most 0.044, and 0.032 at the threshold. Bands of 8 rows (Leskovec et al., "Mining of Massive
# Datasets", 3.4): a pair with resemblance s meets in one of 16 bands with 1 - (1 - s^8)^16, that is .99 at the
# threshold and .06 at .5.
HASHES = 128
BANDS = 16
ROWS = HASHES // BANDS
SHINGLE_WORDS = 3
SHINGLES_AT_ONCE = 2_048  # 2 MB of hashes: they stay in the processor's cache
NEAR = 0.85  # resemblance, as estimated
FEW_WORDS = 40  # below it one other word changes the job: only exact repeats count

WORDS = re.compile(r"[a-z0-9+#]+")
# What titles carry beside the job: the same posting is "urgent", "remote" or "(m/f/d)" in one place and not in another.
DECORATION = frozenset(
    """a an and at for in of on or the to by with from - hiring urgent urgently immediate now required requirement
    opening openings job jobs position vacancy opportunity apply remote remotely hybrid onsite site home office based
    location locations wfh m f d w x mfd full part time fulltime permanent contract ft pt""".split()
)


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finalizer of splitmix64: neighbouring numbers become unrelated ones."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


_MULTIPLIERS = _mixed(np.arange(1, HASHES + 1, dtype=np.uint64)) | np.uint64(1)
_OFFSETS = _mixed(np.arange(HASHES + 1, 2 * HASHES + 1, dtype=np.uint64))


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a posting is compared by.

    `signature` holds 128 little-endian uint32; it and `bands` are empty for postings that are too short.
    """

    posting_id: str
    exact_key: str
    signature: bytes
    bands: tuple[int, ...]  # signed 64-bit; near duplicates share at least one, very likely


def fingerprint(posting: Posting) -> Fingerprint:
    """The fingerprint of a posting. Takes about 0.5 ms for 4 KB."""
    words = WORDS.findall(f"{posting.title}\n{posting.description}".lower())
    if len(words) < FEW_WORDS:
        return Fingerprint(posting.posting_id, exact_key(posting), b"", ())
    minima = signature(words)
    role = title_key(posting)
    bands = tuple(_band(role, index, minima) for index in range(BANDS))
    return Fingerprint(posting.posting_id, exact_key(posting), minima.tobytes(), bands)


def exact_key(posting: Posting) -> str:
    """Equal for postings that say the very same; key, link, date and board do not count.

    To the letter, because exact duplicates share all rows, and evidence in them is given by character positions.
    """
    return digest(
        [
            value or ""
            for value in (
                posting.title,
                posting.company,
                posting.location,
                posting.description,
                posting.employment_type,
                posting.salary,
                posting.experience,
                posting.remote,
            )
        ]
    )


def signature(words: Sequence[str]) -> npt.NDArray[np.uint32]:
    """The MinHash of the words' shingles: for each hash function its least value over all shingles."""
    hashes = np.fromiter((zlib.crc32(word.encode()) for word in words), dtype=np.uint64, count=len(words))
    count = len(words) - SHINGLE_WORDS + 1
    shingles = np.zeros(count, dtype=np.uint64)
    for offset in range(SHINGLE_WORDS):
        shingles = _mixed(shingles + hashes[offset : offset + count])
    shingles = np.unique(shingles)
    minima = np.full(HASHES, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, len(shingles), SHINGLES_AT_ONCE):
        # Multiply-shift hashing (Dietzfelbinger et al., 1997): the high half of an odd multiple.
        multiples = shingles[start : start + SHINGLES_AT_ONCE, None] * _MULTIPLIERS + _OFFSETS
        np.minimum(minima, multiples.min(axis=0), out=minima)
    return (minima >> np.uint64(32)).astype("<u4")


def title_key(posting: Posting) -> str:
    """The title's words, sorted, without decoration, numbers, and the posting's own company and place."""
    own = set(WORDS.findall(f"{posting.company or ''} {posting.location or ''}".lower()))
    words = {word for word in WORDS.findall(posting.title.lower()) if not word.strip("#+").isdecimal()}
    return " ".join(sorted(words - DECORATION - own) or sorted(words))


def resemblance(first: bytes, second: bytes) -> float:
    """The estimated share of shingles that two postings have in common (0..1)."""
    return float(np.mean(np.frombuffer(first, "<u4") == np.frombuffer(second, "<u4")))


def assign(prints: Sequence[Fingerprint], candidates: Iterable[Fingerprint]) -> dict[str, tuple[str, DuplicateKind]]:
    """Posting -> its leader and the kind of duplicate; leaders are left out.

    `prints` are a dump's postings in its order; `candidates` the leaders of earlier dumps, oldest first. Of several
    leaders the oldest exact one counts, else the most similar, among equals the oldest.
    """
    by_key: dict[str, list[Fingerprint]] = {}
    by_band: dict[int, list[Fingerprint]] = {}

    def lead(leader: Fingerprint) -> None:
        by_key.setdefault(leader.exact_key, []).append(leader)
        for band in leader.bands:
            by_band.setdefault(band, []).append(leader)

    for candidate in candidates:
        lead(candidate)
    assigned: dict[str, tuple[str, DuplicateKind]] = {}
    for own in prints:
        exact = next((leader for leader in by_key.get(own.exact_key, ()) if leader.posting_id != own.posting_id), None)
        if exact:
            assigned[own.posting_id] = exact.posting_id, "exact"
            continue
        near = _nearest(own, {id(leader): leader for band in own.bands for leader in by_band.get(band, ())}.values())
        if near:
            assigned[own.posting_id] = near.posting_id, "near"
        else:
            lead(own)
    return assigned


def _nearest(own: Fingerprint, leaders: Iterable[Fingerprint]) -> Fingerprint | None:
    others = [leader for leader in leaders if leader.posting_id != own.posting_id]
    if not others:
        return None
    matrix = np.frombuffer(b"".join(leader.signature for leader in others), "<u4").reshape(len(others), HASHES)
    shares = np.mean(matrix == np.frombuffer(own.signature, "<u4"), axis=1)
    best = int(np.argmax(shares))
    return others[best] if shares[best] >= NEAR else None


def _band(role: str, index: int, minima: npt.NDArray[np.uint32]) -> int:
    # The role stands in every band: postings for different jobs never meet, however much boilerplate they share.
    content = f"{role}\0{index}\0".encode() + minima[index * ROWS : (index + 1) * ROWS].tobytes()
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little", signed=True)
