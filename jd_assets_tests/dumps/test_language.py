"""English or not: a guess that is right on whole texts and silent on short ones."""

from __future__ import annotations

import pytest

from jd_assets.dumps.language import is_english


@pytest.mark.parametrize(
    "text",
    [
        "We are looking for a weaver who will work with our team on the looms, and mend what others have torn.",
        "python, sql, tableau, machine learning, aws, docker, airflow, spark, kafka, hive, hadoop, scala, java, r, sas",
        "Weber gesucht",
        "Chargé de projet",
        "You will work with El Niño data in São Paulo for Société d'Étude des Tissus, and report to the dyers.",
        "",
    ],
)
def test_english_and_short_texts_pass(text: str) -> None:
    assert is_english(text)


@pytest.mark.parametrize(
    "text",
    [
        "Wir suchen für unser Team eine Person, die mit uns und für die Kunden Stoffe webt und nicht nur färbt.",
        "Nous recherchons pour notre atelier une personne qui tisse les étoffes avec nous et pour nos clients.",
        "Buscamos una persona para nuestro taller que teje las telas con los clientes y más de una tela del año.",
        "我们正在寻找一位织布工人,与我们的团队一起工作,并且修理织机。要求有三年以上的经验。",
        "Мы ищем ткача для работы на нашей фабрике в дружном коллективе, опыт от трёх лет.",
    ],
)
def test_other_languages_are_noticed(text: str) -> None:
    assert not is_english(text)
