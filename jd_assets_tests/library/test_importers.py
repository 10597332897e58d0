from __future__ import annotations

from pathlib import Path

import pytest

from jd_assets.errors import LibraryError
from jd_assets.library.checks import problems
from jd_assets.library.files import write_folder
from jd_assets.library.importers.csv_folder import read_csv_folder
from jd_assets.library.importers.esco import read_esco
from jd_assets.library.importers.onet import read_onet
from jd_assets.library.imports import Import
from jd_assets.library.merge import Note, merge
from jd_assets.library.model import Taxonomy
from jd_assets.library.role_index import OUTSIDE_TECHNOLOGY
from jd_assets_tests.library import foreign
from jd_assets_tests.library.builders import joined, role, skill

LIBRARY = joined(
    skill("python", "Python", "py"),
    role("developer", "Developer", dimensions=["things"], kras=["Write programs"]),
)


def names_of(taxonomy: Taxonomy, skill_slug: str) -> set[str]:
    return {row.alias for row in taxonomy.skill_aliases if row.skill == skill_slug}


def titles_of(taxonomy: Taxonomy, role_slug: str) -> set[str]:
    return {row.alias for row in taxonomy.role_aliases if row.role == role_slug}


def slugs(item: Import) -> set[str]:
    taxonomy = item.taxonomy
    return {entry.slug for rows in (taxonomy.skills, taxonomy.dimensions, taxonomy.roles) for entry in rows}


@pytest.fixture
def esco(tmp_path: Path) -> Import:
    return read_esco(foreign.esco(tmp_path))


@pytest.fixture
def onet(tmp_path: Path) -> Import:
    return read_onet(foreign.onet(tmp_path))


# --- ESCO -----------------------------------------------------------------------------------------------------------


def test_an_esco_slug_is_the_namespace_and_the_end_of_the_concept_uri(esco: Import) -> None:
    assert slugs(esco) == {
        *("esco-aa-01", "esco-aa-02", "esco-aa-03", "esco-aa-04"),
        *("esco-0613", "esco-0215"),
        *("esco-bb-01", "esco-bb-02"),
    }


def test_an_esco_import_says_its_version_and_licence(esco: Import) -> None:
    assert (esco.source.namespace, esco.source.version) == ("esco", "9.1")
    assert "European Commission" in esco.source.licence


def test_all_esco_labels_are_names_and_the_preferred_one_is_canonical(esco: Import) -> None:
    assert names_of(esco.taxonomy, "esco-aa-02") == {"tune pianos", "tuning of pianos", "pianos in tune"}
    canonical = {row.skill: row.alias for row in esco.taxonomy.skill_aliases if row.type == "CANONICAL"}
    assert canonical == {
        "esco-aa-01": "Java (computer programming)",
        "esco-aa-02": "tune pianos",
        "esco-aa-03": "mend violins",
        "esco-aa-04": "hum along",
    }


def test_a_label_without_its_brackets_is_a_name_too(esco: Import) -> None:
    assert "Java" in names_of(esco.taxonomy, "esco-aa-01")


def test_a_preferred_label_goes_before_another_skills_alternative_label(esco: Import) -> None:
    assert Note("ambiguous alias", "Tune Pianos", "esco-aa-03", "esco-aa-02") in esco.notes
    assert "Tune Pianos" not in names_of(esco.taxonomy, "esco-aa-03")


def test_an_alternative_label_of_two_skills_names_neither_and_is_reported_for_both(esco: Import) -> None:
    told = {note.entry for note in esco.notes if note.text == "look after instruments" and not note.kept_by}
    assert told == {"esco-aa-02", "esco-aa-03"}
    assert all(row.alias != "look after instruments" for row in esco.taxonomy.skill_aliases)


def test_ordinary_words_and_what_every_trade_asks_for_are_guarded(esco: Import) -> None:
    guards = {guard.alias: (guard.rule, guard.reason) for guard in esco.taxonomy.guards}
    assert guards["bow"] == ("phrase", "an ordinary word")
    assert guards["mend violins"] == ("context", "ordinary words")
    assert guards["hum along"] == ("phrase", "a general competence")
    assert not guards.keys() & {"Java", "Java coding"}


def test_skill_groups_are_dimensions_also_those_of_broader_skills(esco: Import) -> None:
    assert {item.slug: item.dimensions for item in esco.taxonomy.skills} == {
        "esco-aa-01": ("esco-0613",),
        "esco-aa-02": ("esco-0215",),
        "esco-aa-03": ("esco-0215",),
        "esco-aa-04": ("esco-0215",),
    }


def test_occupations_are_roles_and_only_those_of_information_technology_are_technical(esco: Import) -> None:
    assert {item.slug: item.domain for item in esco.taxonomy.roles} == {
        "esco-bb-01": "Software developers",
        "esco-bb-02": OUTSIDE_TECHNOLOGY,
    }


def test_a_title_that_is_another_occupations_preferred_label_is_left_to_that(esco: Import) -> None:
    assert titles_of(esco.taxonomy, "esco-bb-01") == {"midlet developer", "midlet programmer"}
    assert titles_of(esco.taxonomy, "esco-bb-02") == {"piano tuner", "tuner of pianos"}


def test_responsibilities_come_from_the_description_and_the_essential_skills(esco: Import) -> None:
    assert [row.kra for row in esco.taxonomy.role_kras if row.role == "esco-bb-01"] == [
        "Midlet developers write midlets.",
        "They test them.",
        "Java (computer programming)",
    ]


def test_a_technical_role_has_the_dimensions_of_its_essential_skills_alone(esco: Import) -> None:
    assert {(row.role, row.dimension) for row in esco.taxonomy.role_dimensions} == {("esco-bb-01", "esco-0613")}


def test_an_occupation_outside_technology_has_the_responsibilities_of_its_description_alone(esco: Import) -> None:
    assert [row.kra for row in esco.taxonomy.role_kras if row.role == "esco-bb-02"] == ["Piano tuners tune pianos."]


def test_a_missing_file_or_column_is_named(tmp_path: Path) -> None:
    folder = foreign.esco(tmp_path)
    (folder / "ISCOGroups_en.csv").unlink()
    with pytest.raises(LibraryError, match=r"holds no ISCOGroups_en\.csv"):
        read_esco(folder)
    (folder / "skills_en.csv").write_text("conceptUri,preferredLabel\n")
    with pytest.raises(
        LibraryError, match=r"skills_en\.csv has no column altLabels, hiddenLabels, reuseLevel, skillType"
    ):
        read_esco(folder)


# --- O*NET ----------------------------------------------------------------------------------------------------------


def test_onet_codes_are_slugs_and_named_things_have_their_name(onet: Import) -> None:
    assert slugs(onet) == {
        *("onet-acme-forge", "onet-midlet-query-language", "onet-access", "onet-tuning-forks"),
        *("onet-43232402", "onet-43232304", "onet-60131500"),
        *("onet-15-1252.00", "onet-49-9063.00"),
    }


def test_an_onet_import_says_its_version_and_licence(onet: Import) -> None:
    assert (onet.source.version, "CC BY 4.0" in onet.source.licence) == ("91.0", True)


def test_a_vendor_that_stands_twice_is_shortened_and_initials_are_a_name(onet: Import) -> None:
    assert names_of(onet.taxonomy, "onet-acme-forge") == {"Acme Forge", "Acme Systems Acme Forge"}
    assert names_of(onet.taxonomy, "onet-midlet-query-language") == {
        "Midlet query language",
        "Midlet query language MQL",
        "MQL",
    }


def test_a_product_named_by_an_ordinary_word_gets_a_guard(onet: Import) -> None:
    assert [(guard.alias, guard.rule) for guard in onet.taxonomy.guards] == [("Access", "context")]


def test_onet_titles_come_from_all_three_files(onet: Import) -> None:
    assert titles_of(onet.taxonomy, "onet-15-1252.00") == {"Midlet Developers", "Midlet Programmer", "MIDP Dev"}
    assert titles_of(onet.taxonomy, "onet-49-9063.00") == {"Piano Tuners", "Tuner of Pianos"}


def test_quotation_marks_in_tab_separated_files_are_text(onet: Import) -> None:
    assert onet.taxonomy.roles[0].summary == 'Write "midlets".'


def test_core_tasks_come_first_among_responsibilities(onet: Import) -> None:
    assert [row.kra for row in onet.taxonomy.role_kras] == ["Tune pianos by ear.", "Clean strings."]


# --- our own format -------------------------------------------------------------------------------------------------


def test_own_slugs_get_the_namespace_and_the_librarys_slugs_stay(tmp_path: Path) -> None:
    own = joined(
        skill("forge", "Forge", dimensions=["things", "smithy"]),
        role("smith", "Smith", dimensions=["things", "smithy"], kras=["Forge things"]),
    )
    write_folder(own, tmp_path / "Acme Tools")
    item = read_csv_folder(tmp_path / "Acme Tools", LIBRARY)
    assert item.source.namespace == "acme-tools"
    assert slugs(item) == {"acme-tools-forge", "acme-tools-smithy", "acme-tools-smith"}
    assert item.taxonomy.skills[0].dimensions == ("things", "acme-tools-smithy")
    assert {row.dimension for row in item.taxonomy.role_dimensions} == {"things", "acme-tools-smithy"}


def test_an_alias_may_be_added_to_a_skill_of_the_library(tmp_path: Path) -> None:
    write_folder(joined(LIBRARY, skill("python", "Python", "py", "CPython")), tmp_path / "acme")
    item = read_csv_folder(tmp_path / "acme", LIBRARY)
    assert not item.taxonomy.skills
    assert names_of(merge(LIBRARY, {"acme": item.taxonomy}).taxonomy, "python") == {"Python", "py", "CPython"}


def test_an_export_imported_again_adds_nothing(tmp_path: Path) -> None:
    write_folder(LIBRARY, tmp_path / "acme")
    item = read_csv_folder(tmp_path / "acme", LIBRARY)
    assert item.taxonomy == Taxonomy()
    assert merge(LIBRARY, {"acme": item.taxonomy}).taxonomy == LIBRARY


def test_a_namespace_is_never_put_in_front_twice(tmp_path: Path) -> None:
    write_folder(skill("acme-forge", "Forge"), tmp_path / "folder")
    assert "acme-forge" in slugs(read_csv_folder(tmp_path / "folder", LIBRARY, "acme"))


# --- all of them ----------------------------------------------------------------------------------------------------


def test_what_is_imported_brings_no_contradiction(esco: Import, onet: Import) -> None:
    union = merge(LIBRARY, {"esco": esco.taxonomy, "onet": onet.taxonomy}).taxonomy
    assert [str(item) for item in problems(union) if item.kind in ("dangling", "doubled")] == []
