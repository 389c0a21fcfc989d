"""Which applications a killed deploy may have left behind: never by name alone, nor by a key id anyone computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from helpers.adopting.left_behind import Candidate, candidates, chosen
from helpers.errors import InputError
from tests.declaring import DEPLOYER, OWNER, TENANT, declare

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.declaration.declaration import Declaration

DEPLOYERS = "de91000e-1111-4222-8333-444444444444"
ATTACKERS = "bad00000-1111-4222-8333-444444444444"
TEMPORARY = "TERRAFORM_UPDATE_0c37aa31-9c85-4da9-140c-a2c6aed48363"


@pytest.fixture
def declaration(tmp_path: Path) -> Declaration:
    return declare(tmp_path)


def application(number: int = 1, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 — any JSON
    """Return an application as a deploy of the file leaves it right after making it."""
    return {
        "id": f"0B1E0000-0000-4000-8000-{number:012}",
        "appId": f"C11E0000-0000-4000-8000-{number:012}",
        "displayName": "Cisco ISE",
        "createdByAppId": DEPLOYERS.upper(),
        "createdDateTime": "2026-11-23T20:00:00Z",
        "keyCredentials": [],
        **changes,
    }


def key(declaration: Declaration) -> dict[str, Any]:
    return {"keyId": declaration.certificates[0].key_id.upper(), "key": None}


def found(
    declaration: Declaration, *applications: dict[str, Any], owned: bool = False, others: tuple[Declaration, ...] = ()
) -> tuple[Candidate, ...]:
    ids = [each["id"].lower() for each in applications] if owned else []
    return candidates(applications, declaration, deployer_client_id=DEPLOYERS, owned=ids, others=others)


def choice(candidates: tuple[Candidate, ...], client_id: str = "") -> str | None:
    picked = chosen(candidates, client_id, said_by="--client-id")
    return picked.client_id[-1] if picked else None


def test_what_the_deployer_made_under_the_declared_name_is_it(declaration: Declaration) -> None:
    (only,) = found(declaration, application())
    assert only.evidence == ("made by the deployer", "called as declared")
    assert (only.object_id, only.client_id) == (f"0b1e0000-0000-4000-8000-{1:012}", f"c11e0000-0000-4000-8000-{1:012}")
    assert choice((only,)) == "1"
    assert str(only) == (
        f'application {only.client_id} "Cisco ISE", made 2026-11-23T20:00:00Z: made by the deployer; called as declared'
    )


@pytest.mark.parametrize(
    "strange",
    [
        pytest.param({"createdByAppId": ATTACKERS}, id="somebody else's of that name"),
        pytest.param({"createdByAppId": None}, id="of that name, made by nobody knows whom"),
        pytest.param({"displayName": "payroll"}, id="the deployer's of another name"),
        pytest.param({"id": None}, id="without an id"),
        pytest.param({"appId": 7}, id="without a client id"),
        pytest.param({"displayName": None}, id="without a name"),
    ],
)
def test_what_lacks_a_mark_or_a_maker_is_no_candidate(declaration: Declaration, strange: dict[str, Any]) -> None:
    assert found(declaration, application(**strange)) == ()


def test_who_has_the_public_certificate_can_compute_its_key_id_so_that_alone_is_nothing(
    declaration: Declaration,
) -> None:
    theirs = application(createdByAppId=ATTACKERS, keyCredentials=[key(declaration)])
    assert found(declaration, theirs) == ()


def test_under_another_name_it_is_told_by_its_key_ids(declaration: Declaration) -> None:
    (only,) = found(declaration, application(displayName="renamed since", keyCredentials=[key(declaration), "odd"]))
    assert only.evidence == ("made by the deployer", "holds the key id of psn-01")
    assert choice((only,)) == "1"


def test_what_the_deployer_only_owns_is_listed_and_never_chosen_for_a_person(declaration: Declaration) -> None:
    """Its maker can have made the deployer an owner, and keep a secret on it."""
    theirs = found(declaration, application(createdByAppId=ATTACKERS), owned=True)
    assert [each.evidence for each in theirs] == [
        ("owned by the deployer, which did not make it", "called as declared")
    ]
    assert choice(theirs) is None
    assert choice(theirs, theirs[0].client_id.upper()) == "1"


def test_a_deployer_that_the_tenant_does_not_know_made_nothing(declaration: Declaration) -> None:
    nobodys = application(createdByAppId="")
    assert candidates([nobodys], declaration, deployer_client_id="", owned=[], others=[]) == ()


@pytest.mark.parametrize("deployer", [DEPLOYER, OWNER], ids=["the same", "another"])
def test_of_a_temporary_name_it_is_ours_unless_other_environments_have_the_same_deployer(
    declaration: Declaration, tmp_path: Path, deployer: str
) -> None:
    other = declare(tmp_path / "other", "lab", deployer=deployer, application={"display_name": "lab"})
    left = found(declaration, application(displayName=TEMPORARY), others=(other,))
    assert [each.marked for each in left] == [False]
    assert choice(left) == (None if deployer == DEPLOYER else "1")
    assert choice(found(declaration, application(displayName=TEMPORARY))) == "1"


def test_one_of_the_declared_name_wins_over_what_has_only_a_temporary_one(declaration: Declaration) -> None:
    both = found(declaration, application(1, displayName=TEMPORARY), application(2))
    assert choice(both) == "2"


@pytest.mark.parametrize(
    "twins",
    [
        pytest.param((application(1), application(2)), id="of the declared name"),
        pytest.param((application(1, displayName=TEMPORARY), application(2, displayName=TEMPORARY)), id="temporary"),
    ],
)
def test_of_two_alike_a_person_chooses(declaration: Declaration, twins: tuple[dict[str, Any], ...]) -> None:
    both = found(declaration, *twins)
    assert choice(both) is None
    assert choice(both, both[1].client_id) == "2"


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param({"client_id": f"c11e0000-0000-4000-8000-{1:012}"}, id="by its client id"),
        pytest.param({"adopted": {"application": f"0b1e0000-0000-4000-8000-{1:012}"}}, id="as adopted"),
        pytest.param({}, id="by its name"),
    ],
)
def test_what_another_environment_claims_is_no_candidate(
    declaration: Declaration, tmp_path: Path, claim: dict[str, Any]
) -> None:
    name = "Cisco ISE" if not claim else "lab"
    other = declare(tmp_path / "other", "lab", application={"display_name": name}, **claim)
    assert found(declaration, application(), others=(other,)) == ()


def test_what_an_environment_of_another_tenant_says_is_not_of_this_directory(
    declaration: Declaration, tmp_path: Path
) -> None:
    elsewhere = declare(tmp_path / "other", "lab", tenant_id=OWNER)
    assert OWNER != TENANT
    assert choice(found(declaration, application(), others=(elsewhere,))) == "1"


@pytest.mark.parametrize("there", [(), (application(),)], ids=["none", "another"])
def test_a_client_id_of_none_of_them_is_refused_with_what_there_is(
    declaration: Declaration, there: tuple[dict[str, Any], ...]
) -> None:
    left = found(declaration, *there)
    with pytest.raises(
        InputError, match=r"^--client-id: names .*; an application that somebody else made is taken"
    ) as said:
        choice(left, ATTACKERS)
    assert (left[0].client_id if left else "none of those that its deployer made or owns") in str(said.value)


def test_a_hostile_name_forges_no_line(declaration: Declaration) -> None:
    name = "x\n##vso[task.setvariable]\x1b[2J"
    (only,) = found(declaration, application(displayName=name, keyCredentials=[key(declaration)]))
    assert "\n" not in str(only)
    assert "\x1b" not in str(only)
    assert "##vso[" not in str(only)
