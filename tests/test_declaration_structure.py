"""The structure of an environment file: for each rule a file that breaks it, beside the sound one that breaks none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from helpers.declaration.environments import read_environment
from helpers.model import Seen, stated
from helpers.permissions import permission_name
from tests.declaring import DEPLOYER, OWNER, TENANT, declare, write_certificate
from tests.judging import GITLAB, SOUND, changed, http_state, mistakes_in, said, write_text
from tests.making_certificates import ec_key, make_certificate, private_keys, rsa_key, to_pem

if TYPE_CHECKING:
    from pathlib import Path

_TENANT_LINE = f"tenant_id: {TENANT}"
_DEPLOYER_LINE = f"deployer: {DEPLOYER}"
_ENTRY = "psn-01: certificates/psn-01.pem"
_STATE = "backend: azurerm\n  storage_account_name: tfstate\n  container_name: ise-intune"
_WRITES = "`ise-intune new NAME` writes a file that explains each key"
_SECRET = "is a secret or belongs to one, and no file here holds any"
_NOT_BELOW = (
    "is not a path below the environments' folder; put the file below that folder and write its path with / from there"
)
_EXPORT = 'export the node\'s certificate again in ISE with "Export Certificate Only"'


def _extra(permission: str, *, api: str = "Microsoft Graph", type_: str = "application") -> tuple[str, str]:
    entry = f'{{api: "{api}", permission: {permission}, type: {type_}, reason: why}}'
    return "extra: []", f"extra: [{entry}]"


def test_the_sound_file_is_read_as_it_says(tmp_path: Path) -> None:
    declaration = read_environment(write_text(tmp_path, SOUND))
    integration = declaration.integration
    assert (declaration.name, integration.tenant_id, declaration.cloud.name) == ("production", TENANT, "global")
    assert stated(integration.application.display_name) == "Cisco ISE"
    assert str(declaration.terms.ise) == "3.3 patch 4"
    assert [entry.nodes for entry in declaration.certificates] == [("psn-01",)]
    assert {permission_name(each) for each in stated(integration.requested)} == {
        "Application.Read.All",
        "get_device_compliance",
    }


def test_the_deployer_is_an_owner_of_both_objects_beside_those_the_file_names(tmp_path: Path) -> None:
    owners = {"application": {"display_name": "Cisco ISE", "owners": [OWNER]}}
    integration = declare(tmp_path, **owners).integration
    assert integration.application.owners == integration.service_principal.owners == Seen(frozenset({DEPLOYER, OWNER}))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(changed(("cloud: global\n", "")), id="a key with a default left out"),
        pytest.param(changed(("cloud: global", "cloud:")), id="a key with a default and nothing after it"),
        pytest.param(changed(("owners: []", "owners:"), ("extra: []", "extra: ~")), id="nothing for a list"),
        pytest.param(changed(("schema: 1", "schema: 1\nrevoked:\nendpoints:\nunaudited:")), id="nothing for blocks"),
        pytest.param(changed((TENANT, TENANT.upper())), id="a GUID in capitals"),
        pytest.param(changed(('"3.3"', "3.10")), id="a release without quotes is not shortened"),
        pytest.param(changed(('"3.3"\n  patch: 4', '"3.2"\n  patch: 4')), id="the first patch that works"),
        pytest.param(changed(("Cisco ISE", "ISE – 東京 (büro)")), id="letters of the world"),
        pytest.param(changed(("Cisco ISE", "${file('/etc/passwd')} %{if true}")), id="Terraform's templates are text"),
        pytest.param(changed(("owners: []", "notes: |\n    two\n    lines")), id="notes of several lines"),
        pytest.param(
            changed((_ENTRY, "old: {file: certificates/psn-01.pem, nodes: [psn-01, psn-02]}")), id="the long form"
        ),
        pytest.param(changed((_ENTRY, "psn-01: ./certificates//psn-01.pem")), id="another spelling of the path"),
        pytest.param(changed((_STATE, "backend: local")), id="local state"),
        pytest.param(changed((_STATE, "backend: pg")), id="state in PostgreSQL"),
        pytest.param(changed((_STATE, http_state("https://git.example/api/v4/x%2Fy"))), id="over HTTP"),
        pytest.param(
            changed((_STATE, f"{http_state(GITLAB, lock='/lock')}\n  lock_method: POST\n  unlock_method: DELETE")),
            id="in GitLab",
        ),
        pytest.param(changed((_STATE, "backend: pg\n  schema_name: pgstate")), id="a schema that PostgreSQL allows"),
        pytest.param(changed((_STATE, "backend: remote\n  organization: example")), id="HCP Terraform"),
        pytest.param(
            changed(("global", "china\nendpoints: {login_host: login.chinacloudapi.cn}")), id="an unconfirmed endpoint"
        ),
        pytest.param(changed(_extra("User.Read", type_="delegated")), id="a permission beyond the profile"),
        pytest.param(changed(_extra(OWNER, api=OWNER)), id="a permission that only its ids name"),
        pytest.param(
            changed(("cloud: global", "exceptions: [{rule: a, subject: b, reason: c, until: 2020-02-29}]")),
            id="an exception that has ended: time is not structure",
        ),
    ],
)
def test_no_rule_fires_on(tmp_path: Path, text: str) -> None:
    read_environment(write_text(tmp_path, text))


def test_all_mistakes_are_found_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    text = changed(
        (_TENANT_LINE, "tenant_id: 00000000-0000-0000-0000-000000000000"),
        (f"{_DEPLOYER_LINE}\n", ""),
        ("Cisco ISE", '"a\\nb"'),
        _extra("openid"),
        ('"3.3"', '"2.7"'),
        (_ENTRY, "psn-01: certificates/none.pem\n  psn-02: [x]\n  psn-03: ../x.pem"),
        ("azurerm", "s3"),
    )
    assert [(each.line, each.key) for each in mistakes_in(tmp_path, text)] == [
        (1, "deployer"),
        (2, "tenant_id"),
        (5, "application.display_name"),
        (9, "permissions.extra[0].permission"),
        (12, "ise.release"),
        (15, "certificates.psn-01"),
        (16, "certificates.psn-02"),
        (17, "certificates.psn-03"),
        (19, "state.backend"),
    ], "shape and meaning alike"


@pytest.mark.parametrize(
    ("replacement", "keys"),
    [
        pytest.param(
            ("extra: []", 'extra: [{api: Microsoft Grph, permission: x, type: application, reason: ""}]'),
            ["permissions.extra[0].reason", "permissions.extra[0].api"],
            id="an unknown API beside no reason",
        ),
        pytest.param(
            ("extra: []", "extra: [{api: Microsoft Graph, permission: Usr.Rd, type: both, reason: r}]"),
            ["permissions.extra[0].type", "permissions.extra[0].permission"],
            id="an unknown permission beside no type",
        ),
        pytest.param(
            ("extra: []", "extra: [{api: Microsoft Graph, permission: openid, reason: r}, 1, {permission: x}]"),
            [
                "permissions.extra[0].type",
                "permissions.extra[1]",
                "permissions.extra[2].api",
                "permissions.extra[2].type",
                "permissions.extra[2].reason",
            ],
            id="a permission of some type, beside what is none",
        ),
        pytest.param((_ENTRY, "1st: ../x.pem"), ["certificates.1st"] * 2, id="a path beside its entry's name"),
        pytest.param(
            (_ENTRY, "psn-01: {file: ../x.pem, nodes: ['a b']}"),
            ["certificates.psn-01.nodes[0]", "certificates.psn-01"],
            id="a path beside its nodes",
        ),
    ],
)
def test_one_mistake_hides_no_other(tmp_path: Path, replacement: tuple[str, str], keys: list[str]) -> None:
    assert [each.key for each in mistakes_in(tmp_path, changed(replacement))] == keys


@pytest.mark.parametrize("names", [("a TfToken[x] b", []), (None, ["TfToken[TOKEN.0]"])], ids=str)
def test_a_certificate_whose_name_cdktf_would_resolve_is_refused(
    tmp_path: Path, names: tuple[str | None, list[str]]
) -> None:
    common_name, dns_names = names
    (tmp_path / "own.pem").write_bytes(to_pem(make_certificate(common_name, dns_names=dns_names)))
    assert said(tmp_path, changed((_ENTRY, "psn-01: own.pem"))) == [
        (
            "16 certificates.psn-01: own.pem: its name holds `TfToken[`, a marker of CDKTF's own; "
            "issue the node a certificate with another name"
        )
    ]


def test_entries_must_differ_by_more_than_capitals(tmp_path: Path) -> None:
    write_certificate(tmp_path, "certificates/psn-02.pem")
    text = changed((_ENTRY, f"{_ENTRY}\n  PSN-01: certificates/psn-02.pem"))
    assert said(tmp_path, text) == [
        "17 certificates.PSN-01: is `psn-01` but for capitals; give it a name that people can tell apart"
    ]


def test_a_permission_is_asked_for_once_however_it_is_written(tmp_path: Path) -> None:
    by_name = "{api: Microsoft Graph, permission: User.Read, type: delegated, reason: r}"
    by_id = (
        "{api: 00000003-0000-0000-C000-000000000000, permission: E1FE6DD8-BA31-4D61-89E7-88639DA4683D,"
        " type: delegated, reason: r}"
    )
    assert said(tmp_path, changed(("extra: []", f"extra: [{by_name}, {by_id}]"))) == [
        (
            "10 permissions.extra[1]: E1FE6DD8-BA31-4D61-89E7-88639DA4683D is asked for by an entry above already; "
            "take this entry out"
        )
    ]


def test_a_revoked_certificate_cannot_come_back_under_any_name(tmp_path: Path) -> None:
    declaration = read_environment(write_text(tmp_path, SOUND))
    digits = declaration.certificates[0].certificate.sha256_hex.lower()
    fingerprint = ":".join(digits[start : start + 2] for start in range(0, 64, 2))
    revoked = f"revoked: [{{sha256: '{fingerprint}', common_name: a, reason: key leaked, date: 2026-01-01}}]"
    text = changed(("cloud: global", revoked), (_ENTRY, "new-name: certificates/psn-01.pem"))
    assert said(tmp_path, text) == [
        (
            "16 certificates.new-name: certificates/psn-01.pem is revoked (key leaked); "
            "take this entry out; the node needs a new certificate with a new key"
        )
    ]


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        pytest.param(lambda: private_keys()["pkcs8-pem"], "private key", id="a private key"),
        pytest.param(lambda: to_pem(make_certificate(key=ec_key())), "elliptic curve", id="no RSA"),
        pytest.param(lambda: to_pem(make_certificate(key=rsa_key("small", 1024))), "1024 bits", id="too small"),
        pytest.param(lambda: b"\0" * 300_000, "larger", id="too large"),
    ],
)
def test_a_certificate_that_entra_could_not_take_is_a_mistake_of_its_entry(
    tmp_path: Path, content: object, cause: str
) -> None:
    path = tmp_path / "other.pem"
    assert callable(content)
    path.write_bytes(content())
    (sentence,) = said(tmp_path, changed((_ENTRY, "psn-01: other.pem")))
    assert sentence.startswith("16 certificates.psn-01: other.pem: ")
    assert cause in sentence


@pytest.mark.parametrize(
    ("link", "target", "cause"),
    [
        pytest.param("link.pem", "../outside.pem", "leads out of the environments' folder by a link", id="file"),
        pytest.param("certificates/x", "../..", "leads out of the environments' folder by a link", id="folder"),
        pytest.param("link.pem", "link.pem", "is a path that leads nowhere", id="a link to itself"),
        pytest.param("link.pem", "/dev/zero", "leads out of the environments' folder by a link", id="a device"),
    ],
)
def test_no_link_leads_a_certificates_path_out_of_the_folder(
    tmp_path: Path, link: str, target: str, cause: str
) -> None:
    folder = tmp_path / "environments"
    (folder / "certificates").mkdir(parents=True)
    write_certificate(tmp_path, "outside.pem")
    (folder / link).symlink_to(target)
    written = f"{link}/outside.pem" if link.endswith("x") else link
    (sentence,) = said(folder, changed((_ENTRY, f"psn-01: {written}")))
    assert sentence == f"16 certificates.psn-01: {written}: {cause}; put the file itself there"


def test_a_link_that_stays_inside_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link.pem").symlink_to("certificates/psn-01.pem")
    read_environment(write_text(tmp_path, changed((_ENTRY, "psn-01: link.pem"))))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_no_certificate_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pem")
    (sentence,) = said(tmp_path, changed((_ENTRY, "psn-01: pipe.pem")))
    assert sentence.startswith("16 certificates.psn-01: pipe.pem: is a pipe or a device, not a file")
