"""`ise-intune certificate add`: the public part beside the environment, one line more in it, or nothing at all."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import pytest

from helpers.certificates import read_certificate_file
from helpers.declaration.editing import with_entry
from tests.commanding import Said, say
from tests.keeping_certificates import COMMENTED, FAILURES, Failure, Kept
from tests.making_certificates import make_certificate, private_keys, rsa_key, to_pem, to_zip

if TYPE_CHECKING:
    from pathlib import Path

DER = make_certificate("psn-02.example.net", key=rsa_key("second"))


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    (tmp_path / "export.zip").write_bytes(to_zip({"Defaultselfsignedservercerti.pem": to_pem(DER)}))
    (tmp_path / "with-key.pem").write_bytes(to_pem(DER) + private_keys()["pkcs8-pem"])
    return Kept.below(tmp_path, monkeypatch)


def add(capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
    return say(capsys, "certificate", "add", *arguments)


def test_the_public_certificate_alone_is_written_beside_and_one_line_into_the_file(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    said = add(capsys, "production", "psn-02", "export.zip")
    assert said.code == 0
    line = "  psn-02: certificates/production-psn-02.pem\n"
    assert kept.text() == COMMENTED.replace("  # Zürich", f"{line}  # Zürich")
    assert (kept.folder / "certificates/production-psn-02.pem").read_bytes() == to_pem(DER)
    entry = kept.declared().certificates[-1]
    assert (entry.name, entry.nodes, entry.certificate.der) == ("psn-02", ("psn-02",), DER)


ONCE_UNUSED = (
    "once `ise-intune certificate usage production --entry psn-01 --format json --output usage.json` says that psn-01 "
    "is unused, `ise-intune certificate remove production psn-01 --evidence usage.json`, and deploy again"
)


def test_it_says_what_was_added_and_what_comes_next(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    said = add(capsys, "production", "psn-01-2027", "export.zip", "--node", "psn-01")
    certificate = read_certificate_file(kept.folder / "certificates/production-psn-01-2027.pem")
    assert said.out == ""
    assert said.err.splitlines() == [
        "environments/production.yaml: entry psn-01-2027 added for psn-01",
        f"  psn-02.example.net, SHA-1 {certificate.sha1_hex}, until {certificate.end_date}",
        "next: commit both files and deploy (`cdktf deploy production`)",
        "then: let psn-01 present it in ISE, and see it sign in",
        f"later: {ONCE_UNUSED}",
    ]


def test_a_renewal_over_the_same_key_is_warned_about(
    kept: Kept, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "same.pem").write_bytes(to_pem(make_certificate("psn-01.example.net", key=rsa_key("psn-01"))))
    warning = (
        "warning: same.pem: has the same key as psn-01; a renewal should have a new key: "
        "generate a new certificate in ISE\n"
    )
    said = add(capsys, "production", "psn-01-2027", "same.pem", "--node", "psn-01")
    assert (said.code, warning in said.err) == (0, True)
    assert kept.declared().certificates[-1].name == "psn-01-2027"


def test_a_successor_names_the_node_that_presents_it(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    add(capsys, "production", "psn-01-2027", "export.zip", "--node", "psn-01", "--node", "psn-02", "--node", "psn-01")
    assert "  psn-01-2027: {file: certificates/production-psn-01-2027.pem, nodes: [psn-01, psn-02]}\n" in kept.text()


@pytest.mark.usefixtures("kept")
def test_a_name_that_looks_like_a_successors_is_asked_about(capsys: pytest.CaptureFixture[str]) -> None:
    said = add(capsys, "production", "psn-01-2027", "export.zip")
    assert said.code == 0
    assert "warning: entry psn-01-2027 is for a node of that name; if psn-01 shall present it, " in said.err
    assert "warning" not in add(capsys, "production", "wlc", "environments/certificates/psn-01.pem").err


@pytest.mark.parametrize(
    "saved",
    [("\r\n", b"", "utf-8"), ("\n", codecs.BOM_UTF8, "utf-8"), ("\r\n", codecs.BOM_UTF16_LE, "utf-16-le")],
)
def test_a_windows_editors_file_stays_one(
    kept: Kept, capsys: pytest.CaptureFixture[str], saved: tuple[str, bytes, str]
) -> None:
    newline, mark, encoding = saved
    text = COMMENTED.replace("\n", newline)
    path = kept.environment("production", mark + text.encode(encoding))
    assert add(capsys, "production", "psn-02", "export.zip").code == 0
    line = f"  psn-02: certificates/production-psn-02.pem{newline}"
    assert path.read_bytes() == mark + text.replace("  # Zürich", f"{line}  # Zürich").encode(encoding)


def test_the_same_again_is_nothing_to_do(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    add(capsys, "production", "psn-02", "export.zip")
    before = kept.everything()
    said = add(capsys, "production", "psn-02", "export.zip")
    assert (said.code, kept.everything()) == (0, before)
    assert said.err == "environments/production.yaml: entry psn-02 has this certificate already; nothing to do\n"


def test_what_an_attempt_that_was_killed_left_behind_is_used(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    (kept.folder / "certificates/production-psn-02.pem").write_bytes(to_pem(DER))
    assert add(capsys, "production", "psn-02", "export.zip").code == 0
    assert kept.declared().certificates[-1].certificate.der == DER


def refused(kept: Kept, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the one line that refuses a command line, after making sure that nothing was changed."""
    before = kept.everything()
    said = add(capsys, *arguments)
    assert (said.code, said.out, kept.everything()) == (1, "", before)
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    return said.err.removeprefix("error: ").rstrip("\n")


def test_an_entry_with_another_certificate_is_told_how_to_renew(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    old = kept.declared().certificates[0].certificate
    year = read_certificate_file(kept.folder.parent / "export.zip").not_after.year
    assert refused(kept, capsys, "production", "psn-01", "export.zip") == (
        f"psn-01: is an entry of production with another certificate (SHA-1 {old.sha1_hex}, until {old.end_date}); "
        "let both stand side by side until ISE has switched: "
        f"`ise-intune certificate add production psn-01-{year} export.zip --node psn-01`"
    )


def test_a_successors_name_is_one_that_is_free(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    year = read_certificate_file(kept.folder.parent / "export.zip").not_after.year
    kept.certificate("certificates/next.pem")
    kept.environment(
        "production", COMMENTED.replace("  # Zürich", f"  psn-01-{year}: certificates/next.pem\n  # Zürich")
    )
    assert f"add production psn-01-{year}-2 " in refused(kept, capsys, "production", f"psn-01-{year}", "export.zip")


def test_the_same_certificate_is_not_added_twice(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(kept, capsys, "production", "psn-02", "environments/certificates/psn-01.pem") == (
        "environments/certificates/psn-01.pem: is entry psn-01 of production already; to let more nodes present it, "
        "list them in `nodes:` of psn-01 in environments/production.yaml"
    )


def test_other_nodes_for_what_is_there_are_not_passed_over(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(
        kept, capsys, "production", "psn-01", "environments/certificates/psn-01.pem", "--node", "psn-01", "--node", "x"
    )
    assert said == (
        "psn-01: is there already, presented by psn-01; change `nodes:` of the entry in environments/production.yaml"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("prodction", "psn-02", "export.zip"), "prodction: is not an environment; did you mean `production`?"),
        (("production", "2-psn", "export.zip"), "2-psn: cannot name a certificate; begin with a letter; then"),
        (("production", "../psn", "export.zip"), "../psn: cannot name a certificate; "),
        (("production", "psn-02", "missing.pem"), "missing.pem: does not exist; check the path"),
        (("production", "psn-02", "with-key.pem"), "with-key.pem: holds a private key, which must stay on the ISE"),
        (("production", "psn-02", "export.zip", "--node", "a b"), "--node: 'a b' is not a node's name; write the"),
        (("production", "PSN-01", "export.zip"), "environments/production.yaml:18: certificates.PSN-01: is `psn-01`"),
    ],
    ids=["environment", "entry", "path", "file", "key", "node", "capitals"],
)  # fmt: skip
def test_what_cannot_be_added_is_one_message(
    kept: Kept, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert refused(kept, capsys, *arguments).startswith(message)


def test_an_expired_certificate_is_not_added(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    certificate = kept.certificate("old.pem", days=-1, since=9)
    assert refused(kept, capsys, "production", "psn-02", "environments/old.pem") == (
        f"environments/old.pem: expired on {certificate.end_date}: Entra refuses its signatures; "
        "renew it in ISE and export the new one"
    )


def test_what_there_is_to_say_of_a_certificate_is_said(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    kept.certificate("soon.pem", days=3, since=300)
    said = add(capsys, "production", "psn-02", "environments/soon.pem")
    assert said.code == 0
    assert "warning: environments/soon.pem: expires in 2 days" in said.err or "in 3 days" in said.err


@pytest.mark.parametrize("where", ["production", "lab"])
def test_a_certificate_that_any_environment_revokes_is_not_added(
    kept: Kept, capsys: pytest.CaptureFixture[str], where: str
) -> None:
    fingerprint = read_certificate_file(kept.folder.parent / "export.zip").sha256_hex
    revoked = f'revoked:\n- {{sha256: "{fingerprint}", common_name: x, reason: stolen, date: 2026-01-31}}\n'
    kept.environment(where, COMMENTED.replace("state:\n", f"{revoked}state:\n"))
    assert refused(kept, capsys, "production", "psn-02", "export.zip") == (
        f"export.zip: is revoked (stolen; {where}.yaml says so); "
        "generate a new certificate with a new key in ISE, and export that"
    )


def test_a_file_with_mistakes_is_not_edited(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    kept.environment("production", COMMENTED.replace("psn-01: cert", "psn-01: &anchor cert"))
    assert "has an anchor (`&`)" in refused(kept, capsys, "production", "psn-02", "export.zip")


def test_another_certificates_file_is_never_overwritten(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    kept.certificate("certificates/production-psn-02.pem")
    assert refused(kept, capsys, "production", "psn-02", "export.zip") == (
        "environments/certificates/production-psn-02.pem: is there already and holds something else; "
        "choose another name for the entry"
    )


def test_nothing_is_written_through_a_link_that_leads_out(
    kept: Kept, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = COMMENTED.replace("certificates/psn-01", "psn-01")
    (kept.folder / "certificates/psn-01.pem").rename(kept.folder / "psn-01.pem")
    (kept.folder / "certificates").rmdir()
    (tmp_path / "outside").mkdir()
    (kept.folder / "certificates").symlink_to(tmp_path / "outside")
    (kept.folder / "production.yaml").write_text(text, encoding="utf-8")
    assert "leads out of the environments' folder by a link" in refused(kept, capsys, "production", "b", "export.zip")
    assert list((tmp_path / "outside").iterdir()) == []


AWAITING = "  psn-02: certificates/psn-02.pem\n  psn-03: {file: certificates/psn-03.pem, nodes: [psn-03]}\n"


@pytest.fixture
def awaiting(kept: Kept) -> Kept:
    """Return an environment with two entries whose files are still to come."""
    line = "  # Zürich has none yet\n"
    kept.environment("production", COMMENTED.replace(line, f"{line}{AWAITING}"))
    return kept


def test_an_entry_that_awaits_its_file_gets_it_and_the_environment_file_stays_as_it_is(
    awaiting: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    before = awaiting.text()
    said = add(capsys, "production", "psn-02", "export.zip")
    certificate = read_certificate_file(awaiting.folder / "certificates/psn-02.pem")
    assert (said.code, certificate.der, awaiting.text()) == (0, DER, before)
    assert said.err.splitlines() == [
        "environments/production.yaml: entry psn-02 has its certificate now, certificates/psn-02.pem",
        f"  psn-02.example.net, SHA-1 {certificate.sha1_hex}, until {certificate.end_date}",
        "next: `ise-intune certificate add production psn-03 FILE`, which is awaited too",
    ]


def test_once_nothing_is_awaited_any_more_it_says_what_comes_next(
    awaiting: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    awaiting.certificate("third.pem")
    assert add(capsys, "production", "psn-02", "export.zip").code == 0
    said = add(capsys, "production", "psn-03", "environments/third.pem", "--node", "psn-03")
    assert said.code == 0
    assert said.err.splitlines()[2:] == ["next: commit both files and deploy (`cdktf deploy production`)"]
    assert [entry.name for entry in awaiting.declared().certificates] == ["psn-01", "psn-02", "psn-03"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("psn-02", "environments/certificates/psn-01.pem"),
            "environments/production.yaml:19: certificates.psn-02: is the same certificate as `psn-01`; keep one entry",
        ),
        (("psn-03", "export.zip", "--node", "x"), "psn-03: is there already, presented by psn-03; change `nodes:`"),
        (("psn-02", "with-key.pem"), "with-key.pem: holds a private key, which must stay on the ISE"),
    ],
    ids=["the same certificate", "nodes", "key"],
)
def test_what_cannot_be_filled_in_is_one_message(
    awaiting: Kept, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert refused(awaiting, capsys, "production", *arguments).startswith(message)


def test_what_other_entries_await_is_in_the_way_of_a_new_one_and_names_the_command(
    awaiting: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    before = awaiting.everything()
    said = add(capsys, "production", "psn-04", "export.zip")
    assert (said.code, awaiting.everything()) == (1, before)
    assert said.err.splitlines()[0] == (
        "error: environments/production.yaml:19: certificates.psn-02: certificates/psn-02.pem: does not exist; "
        "check the path; `ise-intune certificate add production psn-02 FILE` puts it there"
    )


def test_an_entry_is_not_filled_with_what_is_revoked_or_has_ended(
    awaiting: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    awaiting.certificate("old.pem", days=-1, since=9)
    assert "old.pem: expired on" in refused(awaiting, capsys, "production", "psn-02", "environments/old.pem")
    fingerprint = read_certificate_file(awaiting.folder.parent / "export.zip").sha256_hex
    revoked = f'revoked:\n- {{sha256: "{fingerprint}", common_name: x, reason: stolen, date: 2026-01-31}}\n'
    awaiting.environment("lab", COMMENTED.replace("state:\n", f"{revoked}state:\n"))
    assert "is revoked (stolen; lab.yaml says so)" in refused(awaiting, capsys, "production", "psn-02", "export.zip")


@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_whatever_fails_both_files_are_there_or_neither(
    kept: Kept, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, failure: Failure
) -> None:
    (kept.folder / "certificates/psn-01.pem").rename(kept.folder / "psn-01.pem")
    (kept.folder / "certificates").rmdir()
    kept.environment("production", COMMENTED.replace("certificates/psn-01", "psn-01"))
    (kept.folder / "certificates/psn-01.pem").unlink()
    (kept.folder / "certificates").rmdir()
    before = kept.everything()
    with monkeypatch.context() as patch:
        failure.begin(patch)
        said = add(capsys, "production", "psn-02", "export.zip")
    after = kept.everything()
    if said.code == 0:
        assert after.keys() - before.keys() == {"certificates", "certificates/production-psn-02.pem"}
        assert kept.declared().certificates[-1].certificate.der == DER
    else:
        assert (said.code, after) == (failure.code, before)


def test_a_file_system_without_links_will_do(
    kept: Kept, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Failure("link").begin(monkeypatch)
    assert add(capsys, "production", "psn-02", "export.zip").code == 0
    assert (kept.folder / "certificates/production-psn-02.pem").read_bytes() == to_pem(DER)


def test_what_someone_else_changed_meanwhile_is_not_overwritten(
    kept: Kept, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = COMMENTED + "# theirs\n"

    def edit_while_they_do(*arguments: object, **options: object) -> bytes:
        kept.environment("production", theirs)
        return with_entry(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("cli.certificate.add.with_entry", edit_while_they_do)
    said = add(capsys, "production", "psn-02", "export.zip")
    assert said.err == "error: environments/production.yaml: was changed by someone else just now; try again\n"
    assert kept.text() == theirs
    assert not (kept.folder / "certificates/production-psn-02.pem").exists()


def test_a_file_keeps_its_permissions(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    path = kept.folder / "production.yaml"
    path.chmod(0o640)
    add(capsys, "production", "psn-02", "export.zip")
    assert path.stat().st_mode & 0o777 == 0o640
