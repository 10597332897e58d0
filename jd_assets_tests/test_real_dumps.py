"""Every file of the real dumps becomes rows, or is refused by name with a reason; and no record is lost on the way."""

from __future__ import annotations

import pytest

from jd_assets.dumps.boards import load_boards
from jd_assets.dumps.discovery import find_dumps, reference
from jd_assets.errors import DumpError
from jd_assets.ingest import run_postings
from jd_assets.settings import Settings
from jd_assets_tests.shared import shared_folder
from jd_assets_tests.small_world import World


@pytest.mark.slow
def test_every_real_dump_is_ingested_and_its_counts_reconcile(world: World) -> None:
    folder = shared_folder("data", "dumps")
    boards = load_boards(Settings.load({}).boards_file)
    store = world.store
    dumps = sorted(
        (reference(path, boards, folder) for path in find_dumps(folder)), key=lambda dump: (dump.date, dump.key)
    )
    assert len({dump.key for dump in dumps}) == len(dumps)
    totals = dict.fromkeys(("records", "same_key", "known_elsewhere", "quarantined", "postings"), 0)
    for dump in dumps:
        store.dumps.register(dump)
        report = run_postings(store, dump, boards, run_id="real", max_bad_share=0.2)
        counts = report.details
        lost = (
            counts["records"] - counts["same_key"] - counts["known_elsewhere"] - counts["quarantined"] - report.rows_in
        )
        assert (dump.key, lost) == (dump.key, 0)
        assert store.rows.count("postings", dump.key) == report.rows_in
        for name in totals:
            totals[name] += report.rows_in if name == "postings" else counts[name]
    print(f"{len(dumps)} dumps: {totals}")
    assert totals["postings"] > 40_000
    assert len(store.dumps.waiting()) == 0


def test_what_lies_beside_the_dumps_is_refused_with_a_reason(world: World) -> None:
    folder = shared_folder("data", "dumps")
    boards = load_boards(Settings.load({}).boards_file)
    store = world.store
    beside = sorted({*folder.rglob("*.md"), *folder.rglob("*LICENSE*")})
    assert beside
    for path in beside:
        dump = reference(path, boards, folder)
        store.dumps.register(dump)
        with pytest.raises(DumpError, match=path.name):
            run_postings(store, dump, boards, run_id="real", max_bad_share=0.2)
