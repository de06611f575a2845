from __future__ import annotations

from pathlib import Path

import pytest

from nlp.facts.domains import domains, domains_pipeline, read_domains
from nlp.facts.lexicon import Level
from storage.errors import ConfigError


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Un jumeau numérique pour les chantiers navals", "naval"),
        ("A digital twin of the frigate", "naval"),
        ("Robots de désherbage : les maraîchers bretons s'équipent", "agri-food"),
        ("Supermarkets test computer vision at the checkout", "retail"),
        ("Éoliennes en mer : un capteur à fibre optique", "energy"),
        ("Un sous-traitant automobile adopte la robotique mobile", "automotive"),
        ("Le festival teste la réalité augmentée", "creative-industries"),
        ("Hotels adopt booking assistants", "tourism"),
        ("Essais cliniques : une IA recrute les patients", "health"),
        ("Une constellation de satellites quantiques", "aerospace"),
        ("Les lycées professionnels forment aux semi-conducteurs", "education"),
        ("La mairie confie ses courriers à un assistant", "public-administration"),
        ("Mesurer la pollution avec des capteurs photoniques", "environment"),
        ("Un cépage qui résiste au mildiou", "agri-food"),
        ("Une friperie ouvre rue des Carmes", "retail"),
        ("Le gréement d'un trimaran mesuré par laser", "naval"),
        ("Cabin crew learn from a headset", "aerospace"),
        ("Des dameuses sans gazole", "tourism"),
        ("Seagrass meadows mapped from above", "environment"),
    ],
)
def test_a_domain_is_read_from_its_words(title: str, code: str) -> None:
    assert code in [match.value for match in read_domains(title, "")]


def test_every_domain_is_told_once_with_its_place() -> None:
    title, text = "Un navire", "Le navire et l'autre navire suivent une éolienne."
    found = read_domains(title, text)
    assert [(m.value, f"{title}\n{text}"[m.start : m.end]) for m in found] == [("naval", "navire"), ("energy", "éolienne")]


def test_a_text_of_no_domain_has_none() -> None:
    assert read_domains("Un nouveau processeur quantique atteint 1 000 qubits", "") == []


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Incendie dans un entrepôt", "Le préfet s'est rendu sur place."),
        ("Le gouvernement change de ton", "Le ministère et le préfet ont réagi dans la ville."),
        ("A company moves its servers", "The server farm needs a new cooling loop."),
        ("Un prix de beauté", "Le jury a retenu, entre autres, un plat de légumes."),
        ("Le site est fermé", "Il a été élevé au rang de priorité."),
    ],
)
def test_one_passing_word_decides_nothing(title: str, text: str) -> None:
    assert read_domains(title, text) == []


def test_a_weak_word_decides_in_a_title_or_in_company(tmp_path: Path) -> None:
    path = tmp_path / "domains.toml"
    path.write_text('[sea]\nterms = ["navire"]\nweak = ["bateau", "quille"]\ncontext = ["vague", "houle"]\n', encoding="utf-8")

    def found(title: str, text: str) -> list[str]:
        return [f"{title}\n{text}"[m.start : m.end] for m in read_domains(title, text, path)]

    assert found("Un bateau", "") == ["bateau"]
    assert found("", "Un bateau passe. Rien d'autre.") == ["bateau"], "without a title, the first sentence is one"
    assert found("Rien", "Un bateau passe.") == []
    assert found("Rien", "Un bateau et des bateaux passent.") == [], "the same word twice is one"
    assert found("Rien", "Un bateau perd sa quille.") == ["bateau"]
    assert found("Rien", "Une vague soulève un bateau.") == ["bateau"], "the words shown are not the context"
    assert found("Une vague", "La houle.") == []
    assert found("Rien", "x " * 400 + "Un navire passe.") == [], "far into a text even a sure word needs company"
    assert found("Rien", "x " * 400 + "Un navire passe, un bateau le suit.") == ["navire"]


def test_the_twelve_shipped_domains_have_names_in_both_languages() -> None:
    shipped = domains()
    assert len(shipped) == 12
    assert all(domain.label_fr and domain.label_en and len(domain.phrases[Level.STRONG]) > 20 for domain in shipped.values())


def test_a_list_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "domains.toml"
    path.write_text('[sport]\nlabel_fr = "Sport"\nlabel_en = "Sport"\nterms = ["rugby"]\n', encoding="utf-8")
    assert [match.value for match in read_domains("Le rugby et l'énergie", "", path)] == ["sport"]
    assert domains_pipeline(path) != domains_pipeline()


@pytest.mark.parametrize("content", ["[sport\n", '[sport]\nlabel_fr = "Sport"\n', '[sport]\nterms = "rugby"\n'])
def test_a_wrong_list_is_a_clear_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "domains.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match="list of domains"):
        domains(path)


def test_a_missing_list_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        domains(tmp_path / "none.toml")
