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
from collections.abc import Sequence
from pathlib import Path

import psycopg

from jd_assets.dumps.boards import Boards
from jd_assets.dumps.duplicates import assign, fingerprint
from jd_assets.dumps.reading import read_dump
from jd_assets.hashing import digest, digest_set
from jd_assets.pipeline import StageReport
from jd_assets.records import DumpRef, Posting, Sighting
from jd_assets.store import Store
from jd_assets.store.dumps import mark_ingested, replace_quarantine, replace_sightings
from jd_assets.store.fingerprints import replace_fingerprints
from jd_assets.store.rows import Checkpoint, NewRow, RowHead, rehome
from jd_assets.versions import source_version

STAGE = "postings"


def run_postings(store: Store, dump: DumpRef, boards: Boards, *, run_id: str, max_bad_share: float) -> StageReport:
    """Read a dump and bring its postings up to date.

    The report's `details` hold `records`, `same_key`, `known_elsewhere`, `quarantined`, flags and the mapping used;
    records = rows_in + known_elsewhere + same_key + quarantined. Raises DumpError when the file cannot be read or is
    mostly bad.
    """
    clock, cpu = time.perf_counter(), time.process_time()
    code_version = digest(
        source_version("jd_assets.dumps.reading"), source_version("jd_assets.dumps.duplicates"), boards.version
    )
    # Duplicates point at postings of earlier dumps, so those are part of what this one reads.
    upstream_version = digest(dump.content_hash, max_bad_share, store.dumps.version_before(dump))
    report = StageReport(STAGE, dump.key, code_version=code_version)
    last = store.rows.checkpoint(STAGE, dump.key)
    if last is not None and (last.code_version, last.upstream_version) == (code_version, upstream_version):
        report.rows_in = report.unchanged = last.rows
        report.data_version = last.data_version
        report.details = store.dumps.ingest_details(dump.key)
        report.seconds, report.cpu_seconds = time.perf_counter() - clock, time.process_time() - cpu
        return report

    reading = read_dump(dump, Path(dump.path), boards, max_bad_share)
    sightings = {sighting.posting_id: sighting for sighting in reading.sightings}
    own, known = _own_postings(store, dump, reading.postings, sightings)
    prints = [fingerprint(posting) for posting in own]
    leaders = assign(prints, store.fingerprints.leaders_before(dump, prints))
    rows: list[NewRow] = []
    for posting in own:
        leader = leaders.get(posting.posting_id)
        record = (
            posting.model_copy(update={"duplicate_of": leader[0], "duplicate_kind": leader[1]}) if leader else posting
        )
        rows.append(_row(record, sightings[posting.posting_id].content_hash, code_version))
    current = store.rows.heads(STAGE, dump.key)
    gone, restored, moved = _left_behind(store, dump, sightings, current, code_version)
    rows.extend(restored)

    outputs = {posting_id: head.output_hash for posting_id, head in current.items() if posting_id in sightings}
    outputs |= {row.posting_id: row.output_hash for row in rows if row.posting_id not in moved}
    report.rows_in = len(outputs)
    report.data_version = digest_set(f"{posting_id}:{output}" for posting_id, output in outputs.items())
    report.details = {
        "records": reading.records,
        "same_key": reading.same_key,
        "known_elsewhere": known,
        "quarantined": len(reading.quarantined),
        "duplicates": dict(Counter(kind for _, kind in leaders.values())),
        "flags": dict(Counter(flag for posting in reading.postings for flag in posting.flags)),
        "mapping": reading.mapping.describe(),
    }

    def then(connection: psycopg.Connection) -> None:
        replace_sightings(connection, dump.key, list(sightings.values()))
        replace_quarantine(connection, dump.key, run_id, reading.quarantined)
        replace_fingerprints(connection, dump, prints, leaders, gone)
        for posting_id, home in moved.items():
            rehome(connection, [posting_id], home)
        mark_ingested(connection, dump, report.details)

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


def _own_postings(
    store: Store, dump: DumpRef, postings: Sequence[Posting], sightings: dict[str, Sighting]
) -> tuple[list[Posting], int]:
    """The postings whose rows belong to this dump, and how many are left to the dumps that have them already."""
    ids = [posting.posting_id for posting in postings]
    heads = store.rows.heads_of(STAGE, ids)
    elsewhere = store.dumps.newest_other_sightings(dump.key, ids)
    order = {other.key: (other.date, other.key) for other in store.dumps.registered()}
    own: list[Posting] = []
    for posting in postings:
        head = heads.get(posting.posting_id)
        content = sightings[posting.posting_id].content_hash
        if head is not None and not (head.dump == dump.key and head.upstream_hash == content):
            other = elsewhere.get(posting.posting_id)
            outdated = other is not None and order[other[0]] > (dump.date, dump.key)
            if outdated or (head.dump != dump.key and head.upstream_hash == content):
                continue
        own.append(posting)
    return own, len(postings) - len(own)


def _left_behind(
    store: Store, dump: DumpRef, sightings: dict[str, Sighting], current: dict[str, RowHead], code_version: str
) -> tuple[list[str], list[NewRow], dict[str, str]]:
    """What becomes of rows of this dump whose postings it no longer holds.

    Those that no dump holds are gone. The others move to the newest dump that holds them, with the content they have
    there (an older row's, where this dump had changed it).
    """
    missing = [posting_id for posting_id in current if posting_id not in sightings]
    elsewhere = store.dumps.newest_other_sightings(dump.key, missing)
    gone = [posting_id for posting_id in missing if posting_id not in elsewhere]
    restored: list[NewRow] = []
    for posting_id, (_, sighting) in elsewhere.items():
        if current[posting_id].upstream_hash != sighting.content_hash:
            older = next(
                row for row in store.rows.history(STAGE, posting_id) if row.upstream_hash == sighting.content_hash
            )
            restored.append(_row(Posting.model_validate_json(older.payload), sighting.content_hash, code_version))
    return gone, restored, {posting_id: home for posting_id, (home, _) in elsewhere.items()}


def _row(posting: Posting, content_hash: str, code_version: str) -> NewRow:
    payload = posting.model_dump_json().encode()
    output_hash = digest(payload.decode())
    return NewRow(
        posting.posting_id, content_hash, digest(code_version, content_hash, output_hash), output_hash, payload
    )
