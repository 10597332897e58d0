"""Bringing the `postings` rows of one dump up to date: the pipeline's first step, whose upstream is a file.

What belongs here: which dump a posting's row belongs to, and which postings are duplicates. What does not: reading
and cleaning (`dumps/`), the stages below (`pipeline.py`).

A posting is one row, in however many dumps it is seen: its content is that of the newest dump (by date, then key)
that holds it, and the row stays with the dump that brought that content first. A posting is retired when no dump
holds it any more.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import psycopg

from jd_assets.dumps.boards import Boards
from jd_assets.dumps.duplicates import Fingerprint, assign, fingerprint
from jd_assets.dumps.reading import DumpReading, read_dump
from jd_assets.hashing import digest, digest_set
from jd_assets.judging import StageReport
from jd_assets.records import DumpRef, DuplicateKind, Posting, Sighting
from jd_assets.store import Store
from jd_assets.store.dumps import OtherSighting, mark_ingested, reopen, replace_quarantine, replace_sightings
from jd_assets.store.fingerprints import replace_fingerprints
from jd_assets.store.rows import Checkpoint, NewRow
from jd_assets.versions import source_version

STAGE = "postings"


class ReadPostings(NamedTuple):
    """What a dump holds, in the light of the others."""

    reading: DumpReading
    sightings: Mapping[str, Sighting]
    prints: Sequence[Fingerprint]  # of all its postings
    leaders: Mapping[str, tuple[str, DuplicateKind]]  # by their followers
    own: Sequence[Posting]  # the postings whose rows belong to this dump
    owners: Mapping[str, str]  # the dumps that the rows of the others belong to


def read_postings(
    store: Store, dump: DumpRef, boards: Boards, *, max_bad_share: float, earlier: Sequence[Fingerprint] = ()
) -> ReadPostings:
    """Read a dump, and compare it with those in the store; nothing is written.

    `earlier` are fingerprints of dumps that are not in the store yet. Raises DumpError when the file cannot be read or
    is mostly bad.
    """
    reading = read_dump(dump, Path(dump.path), boards, max_bad_share)
    sightings = {sighting.posting_id: sighting for sighting in reading.sightings}
    prints = [fingerprint(posting) for posting in reading.postings]
    leaders = assign(prints, [*store.fingerprints.leaders_before(dump, prints), *earlier])
    owners = _owners_elsewhere(store, dump, sightings)
    own = [_clustered(posting, leaders) for posting in reading.postings if posting.posting_id not in owners]
    return ReadPostings(reading, sightings, prints, leaders, own, owners)


def run_postings(store: Store, dump: DumpRef, boards: Boards, *, run_id: str, max_bad_share: float) -> StageReport:
    """Read a dump and bring its postings up to date.

    The report's `details` hold `records`, `same_key`, `known_elsewhere`, `quarantined`, flags and the mapping used;
    records = rows_in + known_elsewhere + same_key + quarantined. Raises DumpError when the file cannot be read or is
    mostly bad.
    """
    clock, cpu = time.perf_counter(), time.process_time()
    unchanged = unchanged_postings(store, dump, boards, max_bad_share=max_bad_share)
    if unchanged is not None:
        return unchanged
    code_version, upstream_version = _versions(store, dump, boards, max_bad_share)
    report = StageReport(STAGE, dump.key, code_version=code_version)

    read = read_postings(store, dump, boards, max_bad_share=max_bad_share)
    reading, sightings, leaders = read.reading, read.sightings, read.leaders
    rows = [_row(posting, sightings[posting.posting_id].content_hash, code_version) for posting in read.own]
    current = store.rows.heads(STAGE, dump.key)
    gone = [posting_id for posting_id in current if posting_id not in sightings]
    outputs = {posting_id: head.output_hash for posting_id, head in current.items() if posting_id in sightings}
    outputs |= {row.posting_id: row.output_hash for row in rows}
    report.rows_in = len(outputs)
    report.data_version = digest_set(f"{posting_id}:{output}" for posting_id, output in outputs.items())
    report.details = {
        "records": reading.records,
        "same_key": reading.same_key,
        "known_elsewhere": len(reading.postings) - len(outputs),
        "quarantined": len(reading.quarantined),
        "duplicates": dict(Counter(kind for _, kind in leaders.values())),
        "flags": dict(reading.flags),
        "mapping": reading.mapping.describe(),
    }
    # A posting that this dump dropped comes back with the newest that still holds it, and one that by its content is
    # another dump's now goes over to that: these are to be read again.
    reopened = {others[-1].dump for others in store.dumps.sightings_elsewhere(dump.key, gone).values()}
    reopened |= {read.owners[posting_id] for posting_id in current if posting_id in read.owners}

    def then(connection: psycopg.Connection) -> None:
        replace_sightings(connection, dump.key, list(sightings.values()))
        replace_quarantine(connection, dump.key, run_id, reading.quarantined)
        replace_fingerprints(connection, dump, read.prints, leaders)
        mark_ingested(connection, dump, report.details)
        reopen(connection, reopened)

    counts = store.rows.replace(
        stage=STAGE,
        dump=dump.key,
        run_id=run_id,
        code_version=code_version,
        library_version="",
        rows=rows,
        retire=gone,
        checkpoint=Checkpoint(code_version, "", upstream_version, report.data_version, len(outputs)),
        then=then,
    )
    report.written, report.superseded, report.retired = counts.inserted, counts.superseded, counts.retired
    report.computed = counts.inserted
    report.unchanged = report.rows_in - counts.inserted
    report.seconds, report.cpu_seconds = time.perf_counter() - clock, time.process_time() - cpu
    return report


def unchanged_postings(store: Store, dump: DumpRef, boards: Boards, *, max_bad_share: float) -> StageReport | None:
    """The report of a dump that `run_postings` would not read, or None if it would."""
    clock, cpu = time.perf_counter(), time.process_time()
    last = store.rows.checkpoint(STAGE, dump.key)
    if last is None or (last.code_version, last.upstream_version) != _versions(store, dump, boards, max_bad_share):
        return None
    if store.rows.data_version(STAGE, dump.key) != last.data_version:  # another dump's run took a posting over
        return None
    report = StageReport(STAGE, dump.key, rows_in=last.rows, unchanged=last.rows)
    report.data_version, report.code_version = last.data_version, last.code_version
    report.details = store.dumps.ingest_details(dump.key)
    report.seconds, report.cpu_seconds = time.perf_counter() - clock, time.process_time() - cpu
    return report


def accounted_for(report: StageReport) -> int:
    """How many records the report says became of: equals the records read, or something was lost."""
    counts = report.details
    return int(report.rows_in + counts["known_elsewhere"] + counts["same_key"] + counts["quarantined"])


def _versions(store: Store, dump: DumpRef, boards: Boards, max_bad_share: float) -> tuple[str, str]:
    """Code version and upstream version of a dump's postings."""
    code = source_version("jd_assets.dumps.reading"), source_version("jd_assets.dumps.duplicates"), boards.version
    # Duplicates point at postings of earlier dumps, so those are part of what this one reads.
    return digest(*code), digest(dump.content_hash, max_bad_share, store.dumps.version_before(dump))


def _owners_elsewhere(store: Store, dump: DumpRef, sightings: Mapping[str, Sighting]) -> dict[str, str]:
    """The dumps of the postings here whose rows belong to another: to the first that says what the newest says."""
    elsewhere = store.dumps.sightings_elsewhere(dump.key, list(sightings))
    has_row = store.rows.heads_of(STAGE, list(elsewhere))

    def owner(posting_id: str, others: Sequence[OtherSighting]) -> str:
        here = OtherSighting(dump.key, (dump.date, dump.key), sightings[posting_id].content_hash)
        ordered = sorted([*others, here], key=lambda sighting: sighting.order)
        return next(sighting.dump for sighting in ordered if sighting.content_hash == ordered[-1].content_hash)

    owners = {
        posting_id: owner(posting_id, others) for posting_id, others in elsewhere.items() if posting_id in has_row
    }
    return {posting_id: key for posting_id, key in owners.items() if key != dump.key}


def _clustered(posting: Posting, leaders: Mapping[str, tuple[str, DuplicateKind]]) -> Posting:
    if posting.posting_id not in leaders:
        return posting
    leader, kind = leaders[posting.posting_id]
    return posting.model_copy(update={"duplicate_of": leader, "duplicate_kind": kind})


def _row(posting: Posting, content_hash: str, code_version: str) -> NewRow:
    payload = posting.model_dump_json().encode()
    output_hash = digest(payload.decode())
    return NewRow(
        posting.posting_id, content_hash, digest(code_version, content_hash, output_hash), output_hash, payload
    )
