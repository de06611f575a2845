from __future__ import annotations

from pathlib import Path

import pytest

from nlp.facts.actors import normal_id
from nlp.facts.gazetteer import KINDS, load_gazetteer
from storage.errors import ConfigError

SHIPPED = load_gazetteer()
ACTORS = sorted(set(SHIPPED.by_id.values()), key=lambda actor: actor.id)
_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"


def luhn(number: str) -> bool:
    return sum(sum(divmod(int(digit) * (1 + i % 2), 10)) for i, digit in enumerate(reversed(number))) % 10 == 0


def ror_check(identifier: str) -> int:
    """The two check digits of a ROR identifier (ISO 7064 mod 97-10 of its Crockford base 32 value)."""
    value = 0
    for char in identifier[:7]:
        value = value * 32 + _BASE32.index(char)
    return 98 - value * 100 % 97


def test_the_field_is_known() -> None:
    kinds = {kind: sum(actor.kind == kind for actor in ACTORS) for kind in KINDS}
    assert kinds["company"] > 400
    assert kinds["cluster"] > 60
    assert kinds["university"] > 80
    assert kinds["institute"] > 60
    assert kinds["public"] > 60
    for name in (
        "CNRS",
        "Bpifrance",
        "Systematic Paris-Region",
        "Carnot Cognition",
        "IRT Jules Verne",
        "Région Bretagne",
        "Nvidia",
    ):
        assert name in SHIPPED.names


def test_every_siren_and_ror_passes_its_check_digits_and_is_given_once() -> None:
    sirens = [actor.siren for actor in ACTORS if actor.siren]
    rors = [actor.ror for actor in ACTORS if actor.ror]
    assert len(sirens) > 50
    assert len(rors) > 80
    assert [siren for siren in sirens if len(siren) != 9 or not siren.isdigit() or not luhn(siren)] == []
    assert [ror for ror in rors if len(ror) != 9 or ror[0] != "0" or int(ror[7:]) != ror_check(ror)] == []
    assert len(set(sirens)) == len(sirens)
    assert len(set(rors)) == len(rors)
    assert all(actor.country == "FR" for actor in ACTORS if actor.siren)


def test_every_organisation_has_a_kind_and_a_country() -> None:
    countries = {territory.code for territory in SHIPPED.territories if territory.level == "country"} | {"KY", "BS", "SA"}
    assert [actor.name for actor in ACTORS if actor.kind not in KINDS or actor.country not in countries] == []


def test_languages_capitals_and_apostrophes_lead_to_one_actor() -> None:
    spellings = ("European Investment Bank", "Banque européenne d'investissement", "Banque européenne d’investissement", "BEI")
    assert {SHIPPED.names[name].id for name in spellings} == {normal_id("Banque européenne d'investissement")}
    assert SHIPPED.names["ÉCOLE POLYTECHNIQUE"] == SHIPPED.names["Ecole polytechnique"] == SHIPPED.names["École polytechnique"]


def test_territories_and_their_nuts_codes_nest() -> None:
    by_key = {(territory.level, territory.code): territory for territory in SHIPPED.territories}
    regions = [territory for territory in SHIPPED.territories if territory.level == "region"]
    departements = [territory for territory in SHIPPED.territories if territory.level == "departement"]
    assert (len(regions), len(departements)) == (18, 101)
    assert len({territory.nuts for territory in departements}) == 101
    for territory in departements:
        assert (territory.parent_level, len(territory.nuts or "")) == ("region", 5)
        region = by_key["region", territory.parent_code or ""]
        assert (territory.nuts or "").startswith(region.nuts or "-"), territory
    assert {(territory.parent_level, territory.parent_code) for territory in regions} == {("country", "FR")}
    members = [territory for territory in SHIPPED.territories if territory.parent_code == "EU"]
    assert len(members) == 27
    assert by_key["country", "GR"].nuts == "EL"
    assert by_key["country", "GB"].nuts == "UK"
    assert by_key["country", "US"].nuts is None
    assert (by_key["region", "53"].name_en, by_key["region", "53"].nuts) == ("Brittany", "FRH0")


@pytest.mark.parametrize(
    "content",
    [
        "[towns\n",
        '[towns]\n"99" = ["Nullepart"]\n',
        'regions = ["Bretagne"]\n',
        '[regions]\n"53" = ["Bretagne"]\n',
        '[organisations]\n"Voltacycle" = { kind = "firm" }\n',
        '[organisations]\n"Voltacycle" = { sirene = "1" }\n',
        '[organisations]\n"Voltacycle" = { names = "VC" }\n',
        '[organisations]\n"Voltacycle" = { siren = 552 }\n',
        '[organisations]\n"" = []\n',
        "[rules]\nstrict = [1]\n",
    ],
)
def test_a_wrong_gazetteer_is_a_clear_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "gazetteer.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"gazetteer"):
        load_gazetteer(path)


def test_what_is_wrong_in_an_added_file_names_that_file(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    for content in ('[organizations]\n"Voltacycle" = []\n', '[organisations]\n"Voltacycle" = { kind = "firm" }\n', "rules = 3\n"):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(ConfigError, match=r"ours\.toml"):
            load_gazetteer(None, path)
        load_gazetteer.cache_clear()


def test_a_gazetteer_of_ones_own_may_hold_organisations_alone(tmp_path: Path) -> None:
    path = tmp_path / "gazetteer.toml"
    path.write_text('[organisations]\n"Voltacycle" = ["Volta Cycle"]\n', encoding="utf-8")
    gazetteer = load_gazetteer(path)
    assert gazetteer.names["Volta Cycle"].name == "Voltacycle"
    assert set(gazetteer.by_id) == {"voltacycle", "volta-cycle"}
    assert gazetteer.territories == ()
    assert gazetteer.digest != SHIPPED.digest


def test_an_added_file_adds_and_wins(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(
        '[organisations]\n"Voltacycle" = ["Volta Cycle"]\n"CNRS" = ["le Centre"]\n"Clermont Photonique" = ["IMEC"]\n'
        '[towns]\n"35" = ["Plouvolta"]\n[rules.organisations]\nnot_names = ["Nvidia"]\n',
        encoding="utf-8",
    )
    gazetteer = load_gazetteer(None, path)
    assert gazetteer.names["Volta Cycle"].name == "Voltacycle"
    assert gazetteer.names["le Centre"] == SHIPPED.names["CNRS"], "known by one more name, its numbers kept"
    assert gazetteer.names["IMEC"].name == "Clermont Photonique"
    assert "Nvidia" not in gazetteer.names
    assert "Nvidia" in SHIPPED.names
    assert gazetteer.places["Plouvolta"] == SHIPPED.places["Rennes"] == gazetteer.places["Rennes"]
    assert gazetteer.digest != SHIPPED.digest
