"""The work mode is what the posting states, not a word that happens to be in it."""

from __future__ import annotations

import pytest

from jd_assets.engines.rules.work_mode import read_work_mode


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("This is a full-time remote position.", "remote"),
        ("Location: Lisbon (Remote)", "remote"),
        ("You can work from anywhere.", "remote"),
        ("Full time100% Remote$5/hr", "remote"),
        ("WFH, permanent.", "remote"),
        ("#LI-Remote", "remote"),
        ("This is a full-time hybrid role in Noida.", "hybrid"),
        ("Three days a week in the office.", "hybrid"),
        ("Working Arrangement: Hybrid", "hybrid"),
        ("We are a hybrid team with in-office options.", "hybrid"),
        ("This is an on-site role.", "onsite"),
        ("Work from Office", "onsite"),
        ("Work setup: Dayshift | Onsite (a later review may change this)", "onsite"),
        ("No remote, please.", "onsite"),
        ("You build hybrid cloud services and remote sensing for distributed systems.", None),
        ("We offer hybrid ways of working.", "hybrid"),
        ("You get a work from home stipend of $500.", None),
        ("Great perks: remote options and flexible hours.", None),
        ("You visit clients onsite.", None),
        ("Public cloud, on-premise, hybrid cloud, and SaaS.", None),
        ("Work Setup: OnsiteLocation: IT Park", "onsite"),
        ("Remote and hybrid work arrangements will not apply. The role is on site.", "onsite"),
        ("You support remote teams and remote desktops.", None),
        ("", None),
    ],
)
def test_statements_in_the_text(text: str, mode: str | None) -> None:
    assert read_work_mode("Clerk", text, None, None) == mode


def test_the_boards_own_field_beats_title_location_and_text() -> None:
    assert read_work_mode("Clerk (Remote)", "This is a remote role.", None, "Hybrid") == "hybrid"
    assert read_work_mode("Clerk (Remote)", "This is an on-site role.", "Pune", None) == "remote"
    assert read_work_mode("Clerk", "", "Remote - US", None) == "remote"
    assert read_work_mode("Clerk", "", None, "True") == "remote"
    assert read_work_mode("Clerk", "", None, "False") is None


def test_words_of_a_title_that_only_sound_like_a_work_mode() -> None:
    for title in ("Office Manager", "Remote Sensing Scientist", "Hybrid Cloud Architect"):
        assert read_work_mode(title, "", None, None) is None
