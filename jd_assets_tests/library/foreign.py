"""Small releases of foreign taxonomies, in the shape of the real ones; every row made up for these tests."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

SKILL, OCCUPATION, GROUP = (f"http://data.europa.eu/esco/{kind}/" for kind in ("skill", "occupation", "isced-f"))

ESCO: Mapping[str, Sequence[Mapping[str, str]]] = {
    "skills_en.csv": [
        {
            "conceptUri": SKILL + "aa-01",
            "skillType": "knowledge",
            "reuseLevel": "cross-sector",
            "preferredLabel": "Java (computer programming)",
            "altLabels": "Java\nJava coding",
            "hiddenLabels": "",
        },
        {
            "conceptUri": SKILL + "aa-02",
            "skillType": "skill/competence",
            "reuseLevel": "occupation-specific",
            "preferredLabel": "tune pianos",
            "altLabels": "tuning of pianos\nlook after instruments",
            "hiddenLabels": "pianos in tune",
        },
        {
            "conceptUri": SKILL + "aa-03",
            "skillType": "skill/competence",
            "reuseLevel": "sector-specific",
            "preferredLabel": "mend violins",
            "altLabels": "look after instruments\nTune Pianos\nrepairing  violins\nbow",
            "hiddenLabels": "",
        },
        {
            "conceptUri": SKILL + "aa-04",
            "skillType": "skill/competence",
            "reuseLevel": "transversal",
            "preferredLabel": "hum along",
            "altLabels": "",
            "hiddenLabels": "",
        },
    ],
    "skillGroups_en.csv": [
        {"conceptUri": GROUP + "0613", "preferredLabel": "software", "description": "Making\nsoftware."},
        {"conceptUri": GROUP + "0215", "preferredLabel": "music", "description": ""},
    ],
    "broaderRelationsSkillPillar.csv": [
        {"conceptUri": SKILL + "aa-01", "broaderType": "SkillGroup", "broaderUri": GROUP + "0613"},
        {"conceptUri": SKILL + "aa-02", "broaderType": "SkillGroup", "broaderUri": GROUP + "0215"},
        {"conceptUri": SKILL + "aa-03", "broaderType": "KnowledgeSkillCompetence", "broaderUri": SKILL + "aa-02"},
        {"conceptUri": SKILL + "aa-04", "broaderType": "SkillGroup", "broaderUri": GROUP + "0215"},
    ],
    "ISCOGroups_en.csv": [
        {"code": "2512", "preferredLabel": "Software developers"},
        {"code": "7312", "preferredLabel": "Musical instrument makers"},
    ],
    "occupations_en.csv": [
        {
            "conceptUri": OCCUPATION + "bb-01",
            "iscoGroup": "2512",
            "preferredLabel": "midlet developer",
            "altLabels": "midlet programmer\npiano tuner",
            "hiddenLabels": "",
            "description": "Midlet developers write midlets. They test them.",
        },
        {
            "conceptUri": OCCUPATION + "bb-02",
            "iscoGroup": "7312",
            "preferredLabel": "piano tuner",
            "altLabels": "tuner of pianos",
            "hiddenLabels": "",
            "description": "Piano tuners tune pianos.",
        },
    ],
    "occupationSkillRelations.csv": [
        {"occupationUri": OCCUPATION + "bb-01", "relationType": "essential", "skillUri": SKILL + "aa-01"},
        {"occupationUri": OCCUPATION + "bb-02", "relationType": "essential", "skillUri": SKILL + "aa-02"},
        {"occupationUri": OCCUPATION + "bb-02", "relationType": "optional", "skillUri": SKILL + "aa-01"},
    ],
}

ONET: Mapping[str, Sequence[Mapping[str, str]]] = {
    "Occupation Data.txt": [
        {"O*NET-SOC Code": "15-1252.00", "Title": "Midlet Developers", "Description": 'Write "midlets".'},
        {"O*NET-SOC Code": "49-9063.00", "Title": "Piano Tuners", "Description": "Tune pianos."},
    ],
    "Alternate Titles.txt": [
        {"O*NET-SOC Code": "15-1252.00", "Alternate Title": "Midlet Programmer (MP)", "Short Title": "n/a"},
        {"O*NET-SOC Code": "15-1252.00", "Alternate Title": "Piano Tuners", "Short Title": "MIDP Dev"},
    ],
    "Sample of Reported Titles.txt": [
        {"O*NET-SOC Code": "49-9063.00", "Reported Job Title": "Tuner of Pianos"},
    ],
    "Technology Skills.txt": [
        {
            "O*NET-SOC Code": "15-1252.00",
            "Example": "Acme Systems Acme Forge",
            "Commodity Code": "43232402",
            "Commodity Title": "Development environment software",
        },
        {
            "O*NET-SOC Code": "15-1252.00",
            "Example": "Midlet query language MQL",
            "Commodity Code": "43232402",
            "Commodity Title": "Development environment software",
        },
        {
            "O*NET-SOC Code": "15-1252.00",
            "Example": "Access",
            "Commodity Code": "43232304",
            "Commodity Title": "Data base management system software",
        },
    ],
    "Tools Used.txt": [
        {
            "O*NET-SOC Code": "49-9063.00",
            "Example": "Tuning forks",
            "Commodity Code": "60131500",
            "Commodity Title": "Tuning tools",
        },
    ],
    "Task Statements.txt": [
        {"O*NET-SOC Code": "49-9063.00", "Task": "Clean strings.", "Task Type": "Supplemental"},
        {"O*NET-SOC Code": "49-9063.00", "Task": "Tune pianos by ear.", "Task Type": "Core"},
    ],
}


def esco(folder: Path) -> Path:
    """An ESCO release of three skills and two occupations, in a folder named after its version."""
    return _written(ESCO, folder / "esco_v9.1", csv.excel)


def onet(folder: Path) -> Path:
    """An O*NET release of four examples and two occupations."""
    written = _written(ONET, folder / "onet", _Tabs)
    (written / "Read Me.txt").write_text("O*NET 91.0 Database\n")
    return written


class _Tabs(csv.excel_tab):
    quoting = csv.QUOTE_NONE
    quotechar = None


def _written(files: Mapping[str, Sequence[Mapping[str, str]]], folder: Path, dialect: type[csv.Dialect]) -> Path:
    folder.mkdir(parents=True)
    for name, rows in files.items():
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), dialect=dialect)
            writer.writeheader()
            writer.writerows(rows)
    return folder
