"""A dump -> its postings, sightings and quarantined records.

What belongs here: the identity and flags of postings, and the counts that must add up. What does not: formats
(`readers`), columns (`boards`), values (`fields`), duplicates of other keys (`duplicates`), the store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, pairwise
from pathlib import Path

from jd_assets.dumps.boards import Boards, ColumnMap, choose_columns
from jd_assets.dumps.fields import Fields, NotAPosting, read_fields
from jd_assets.dumps.language import is_english
from jd_assets.dumps.raw import BadRecord, RawRecord, excerpt
from jd_assets.dumps.readers import read_records
from jd_assets.errors import DumpError, TooManyBadRecords
from jd_assets.hashing import digest
from jd_assets.records import DumpRef, Posting, PostingFlag, QuarantinedRecord, Sighting

SAMPLED_RECORDS = 200  # from which the columns are chosen
EXCHANGED_TITLES = 0.1  # of a column's values repeated under another title: beyond it the column holds no keys
INDEX_SPARSITY = 10  # a row index with nine of ten rows taken out of the dump is still one

_NOT_CONTENT = {"posting_id", "url", "posted_at", "flags", "duplicate_of", "duplicate_kind"}


@dataclass(frozen=True, slots=True)
class DumpReading:
    """All that a dump holds: `records` = len(postings) + same_key + len(quarantined), always."""

    postings: list[Posting]
    sightings: list[Sighting]
    quarantined: list[QuarantinedRecord]
    same_key: int  # records whose posting stands in the dump more than once
    records: int
    mapping: ColumnMap
    flags: dict[PostingFlag, int]


def read_dump(ref: DumpRef, path: Path, boards: Boards, max_bad_share: float) -> DumpReading:
    """Read the file at `path` as the dump `ref`.

    Raises DumpError if it is no dump or has no column for a title or a description, and TooManyBadRecords if more than
    `max_bad_share` (0..1) of its records are bad.
    """
    stream = read_records(path)
    sample = list(islice(stream, SAMPLED_RECORDS))
    raw_sample = [record.fields for record in sample if isinstance(record, RawRecord)]
    if not raw_sample:
        raise DumpError(f"{path.name}: not one record in it can be read{_commonest(sample)}: is it a dump?")
    mapping = choose_columns(path.name, boards.entry(ref.board), raw_sample)
    read: list[tuple[str, Fields]] = []
    bad: list[BadRecord] = []
    records = 0
    for record in chain(sample, stream):
        records += 1
        if isinstance(record, BadRecord):
            bad.append(record)
            continue
        try:
            read.append((record.place, read_fields(record, mapping)))
        except NotAPosting as error:
            bad.append(BadRecord(record.place, str(error), excerpt(record.fields)))
    if len(bad) > max_bad_share * records:
        raise TooManyBadRecords(
            f"{path.name}: {len(bad):,} of {records:,} records are bad{_commonest(bad)}, "
            f"more than {max_bad_share:.0%}: check the file and its entry in the boards file"
        )
    if not _holds_keys([fields for _, fields in read]):
        mapping = mapping.without("key")
        read = [(place, replace(fields, key=None)) for place, fields in read]
    postings, sightings = _one_of_each(ref, read)
    return DumpReading(
        postings=postings,
        sightings=sightings,
        quarantined=[
            QuarantinedRecord(
                dump=ref.key, file=path.name, place=record.place, reason=record.reason, excerpt=record.excerpt
            )
            for record in bad
        ],
        same_key=len(read) - len(postings),
        records=records,
        mapping=mapping,
        flags=dict(Counter(flag for posting in postings for flag in posting.flags)),
    )


def content_hash(posting: Posting) -> str:
    """A hash of what a posting says, wherever and whenever it was found."""
    return digest(posting.model_dump(mode="json", exclude=_NOT_CONTENT))


def _one_of_each(ref: DumpRef, read: Sequence[tuple[str, Fields]]) -> tuple[list[Posting], list[Sighting]]:
    """The postings and where they stand, in the dump's order.

    Of several records with one key the fullest is taken, because scrapers leave stubs beside the real thing; among
    equals the last, because they append what is newer.
    """
    best: dict[str, tuple[int, str, Posting]] = {}
    for place, fields in read:
        posting = _posting(ref.board, fields)
        fullness = _fullness(posting)
        known = best.get(posting.posting_id)
        if known is None or fullness >= known[0]:
            best[posting.posting_id] = fullness, place, posting
    return (
        [posting for _, _, posting in best.values()],
        [
            Sighting(posting_id=name, content_hash=content_hash(posting), place=place)
            for name, (_, place, posting) in best.items()
        ],
    )


def _holds_keys(read: Sequence[Fields]) -> bool:
    """Whether the key column identifies postings: a bare row index and a column that mixes postings do not."""
    titles: dict[str, str] = {}
    numbers: list[int] = []
    exchanged = 0
    for fields in read:
        if fields.key is None:
            continue
        known = titles.get(fields.key)
        exchanged += bool(known) and bool(fields.title) and known != fields.title
        titles[fields.key] = known or fields.title
        whole = fields.key.removesuffix(".0")
        if whole.isascii() and whole.isdecimal() and len(whole) < 19:
            numbers.append(int(whole))
    if exchanged > EXCHANGED_TITLES * len(read):
        return False
    rising = all(before < after for before, after in pairwise(numbers))
    return not (numbers and len(numbers) == len(titles) and rising and numbers[-1] <= INDEX_SPARSITY * (len(read) + 1))


def _posting(board: str, fields: Fields) -> Posting:
    content = [fields.title, fields.company, fields.location, fields.description]
    return Posting(
        posting_id=digest(board, fields.key or content),
        board=board,
        dump_key=fields.key,
        title=fields.title,
        company=fields.company,
        location=fields.location,
        description=fields.description,
        url=fields.url,
        posted_at=fields.posted_at,
        employment_type=fields.employment_type,
        salary=fields.salary,
        experience=fields.experience,
        remote=fields.remote,
        category=fields.category,
        flags=tuple(_flags(fields)),
    )


def _flags(fields: Fields) -> Iterator[PostingFlag]:
    text = fields.description
    if not any(map(str.isalpha, text)):
        yield "empty_description"
    elif fields.cut:
        yield "truncated_description"
    if not is_english(f"{fields.title}\n{text}"):
        yield "not_english"
    if not fields.title:
        yield "no_title"


def _fullness(posting: Posting) -> int:
    """How much a record says: fields first, then words."""
    given = sum(
        bool(value) for value in (posting.title, posting.company, posting.location, posting.description, posting.salary)
    )
    return given * 1_000_000 + len(posting.description)


def _commonest(records: Sequence[RawRecord | BadRecord]) -> str:
    reasons = Counter(record.reason for record in records if isinstance(record, BadRecord)).most_common(3)
    return " (" + "; ".join(f"{reason}: {count:,}" for reason, count in reasons) + ")" if reasons else ""
