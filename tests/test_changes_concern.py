"""Which environments a change of files concerns, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from helpers.certificates.files import read_certificate_file
from helpers.changes.concern import Cause, Gone, code_changed, environment_of, gone, reasons
from helpers.changes.file_change import FileChange, below
from helpers.changes.naming import naming
from tests.declaring import write_certificate, write_environment

if TYPE_CHECKING:
    from pathlib import Path

PEM = "certificates/psn-01.pem"
DER = "certificates/psn-02.pem"


def changed(*paths: str) -> list[FileChange]:
    return [FileChange(path, path, f"blob of {path}") for path in paths]


def concerned(
    folder: Path, *changes: FileChange, earlier: dict[str, bytes] | None = None
) -> dict[str, list[tuple[str, str]]]:
    """Return the reasons of those environments of the folder that have any, as (cause, file)."""
    files = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    found = reasons(files, folder, changes, earlier or {})
    return {name: [(str(why.cause), why.file) for why in reasons] for name, reasons in found.items() if reasons}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with environments a (psn-01) and b (psn-02)."""
    write_environment(tmp_path, "a", certificates={"psn-01": PEM})
    write_environment(tmp_path, "b", certificates={"psn-02": {"file": DER, "nodes": ["psn-02"]}})
    return tmp_path


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (FileChange("a.yaml", "a.yaml"), {"a": [("changed", "a.yaml")]}),
        (FileChange(None, "a.yaml"), {"a": [("new", "a.yaml")]}),
        (FileChange("old.yaml", "a.yaml"), {"a": [("renamed", "old.yaml")]}),
        (FileChange("drafts/a.yaml", "a.yaml"), {"a": [("new", "a.yaml")]}),
        (FileChange("a.yaml", None), {"a": [("changed", "a.yaml")]}),
        (FileChange("a.yaml", "drafts/a.yaml"), {"a": [("changed", "a.yaml")]}),
        (FileChange("gone.yaml", None), {}),
        (FileChange(PEM, PEM), {"a": [("certificate", PEM)]}),
        (FileChange(PEM, None), {"a": [("certificate", PEM)]}),
        (FileChange("certificates/new.pem", DER), {"b": [("certificate", DER)]}),
        (FileChange(PEM.upper(), PEM.upper()), {"a": [("certificate", PEM.upper())]}),
        (FileChange("certificates/other.pem", "certificates/other.pem"), {}),
        (FileChange("old/psn-01.pem", "old/psn-01.pem"), {}),
        (FileChange("README.md", "README.md"), {}),
        (FileChange("environment.schema.json", "environment.schema.json"), {}),
    ],
    ids=lambda value: f"{value.before}-{value.now}" if isinstance(value, FileChange) else "",
)
def test_a_change_concerns_whom_it_is_about(
    folder: Path, change: FileChange, expected: dict[str, list[tuple[str, str]]]
) -> None:
    """Also where git says a file is gone and it is here all the same: not yet added again."""
    assert concerned(folder, change) == expected


@pytest.mark.parametrize(
    "written",
    ["./certificates/psn-01.pem", "certificates//psn-01.pem", "certificates/./psn-01.pem"],
)
def test_a_path_may_be_written_in_other_ways(folder: Path, written: str) -> None:
    write_environment(folder, "a", certificates={"psn-01": written})
    assert concerned(folder, *changed(PEM)) == {"a": [("certificate", PEM)]}


@pytest.mark.parametrize(
    "line",
    [
        '  psn-01: "certificates/psn\\x2d01.pem"',
        "  psn-01: 'certificates/psn-01.pem'",
        '  "psn-01":\n    file:\n      certificates/psn-01.pem',
    ],
    ids=["escaped", "quoted", "below"],
)
def test_a_name_in_escapes_or_quotes_is_found_too(folder: Path, line: str) -> None:
    file = folder / "a.yaml"
    file.write_text(file.read_text().replace(f"  psn-01: {PEM}", line), encoding="utf-8")
    assert concerned(folder, *changed(PEM)) == {"a": [("certificate", PEM)]}


def test_a_file_that_cannot_be_read_is_concerned_by_what_it_mentions(folder: Path) -> None:
    (folder / "a.yaml").write_text(f"certificates: {{psn-01: {PEM}", encoding="utf-8")
    assert concerned(folder, *changed(PEM)) == {"a": [("certificate", PEM)]}
    assert concerned(folder, *changed("certificates/other.pem")) == {}


@pytest.mark.parametrize(
    ("link", "target", "touched"),
    [
        ("certificates/now.pem", "psn-01.pem", PEM),
        ("certificates/now.pem", "psn-01.pem", "certificates/now.pem"),
        ("current", "certificates", "current"),
        ("current", "certificates", PEM),
        ("current", "./x/../certificates", PEM),
    ],
    ids=["its-target", "itself", "a-folder-itself", "below-a-folder", "with-dots"],
)
def test_links_on_the_way_to_a_certificate_count(folder: Path, link: str, target: str, touched: str) -> None:
    (folder / link).symlink_to(target)
    written = link if link.endswith(".pem") else f"{link}/psn-01.pem"
    write_environment(folder, "a", certificates={"psn-01": "certificates/third.pem"})
    text = (folder / "a.yaml").read_text().replace("certificates/third.pem", written)
    (folder / "a.yaml").write_text(text, encoding="utf-8")
    assert concerned(folder, *changed(touched)) == {"a": [("certificate", touched)]}


def test_links_in_a_circle_or_out_of_the_folder_lead_nowhere(folder: Path) -> None:
    (folder / "certificates" / "one.pem").symlink_to("two.pem")
    (folder / "certificates" / "two.pem").symlink_to("one.pem")
    (folder / "certificates" / "out.pem").symlink_to("../../elsewhere.pem")
    (folder / "certificates" / "absolute.pem").symlink_to("/certificates/psn-01.pem")
    lines = "".join(f"  {name}: certificates/{name}.pem\n" for name in ("one", "out", "absolute"))
    (folder / "a.yaml").write_text(f"certificates:\n{lines}", encoding="utf-8")
    assert concerned(folder, *changed(PEM)) == {}
    assert concerned(folder, *changed("certificates/two.pem")) == {"a": [("certificate", "certificates/two.pem")]}


def test_an_environment_file_that_is_a_link_changes_with_what_it_leads_to(folder: Path) -> None:
    (folder / "teams").mkdir()
    (folder / "a.yaml").rename(folder / "teams" / "first.yaml")
    (folder / "a.yaml").symlink_to("teams/first.yaml")
    assert concerned(folder, *changed("teams/first.yaml")) == {"a": [("changed", "teams/first.yaml")]}


def revoking(folder: Path, certificate: Path, key: str = "sha256") -> list[dict[str, str]]:
    read = read_certificate_file(folder / certificate)
    fingerprints = {"sha256": read.sha256_hex, "key": read.public_key_sha256}
    entry = {"sha256": "AB" * 32, "common_name": "psn", "reason": "lost", "date": "2026-11-01"}
    return [
        {
            **entry,
            **({"sha256": fingerprints["sha256"]} if key == "sha256" else {"public_key_sha256": fingerprints["key"]}),
        }
    ]


@pytest.mark.parametrize("key", ["sha256", "key"])
def test_whoever_holds_what_another_file_revokes_is_concerned(folder: Path, key: str) -> None:
    before = (folder / "a.yaml").read_bytes()
    write_environment(folder, "a", certificates={"psn-01": PEM}, revoked=revoking(folder, folder / DER, key))
    expected = {"a": [("changed", "a.yaml")], "b": [("revoked", "a.yaml")]}
    assert concerned(folder, *changed("a.yaml"), earlier={"blob of a.yaml": before}) == expected


def test_whoever_holds_what_is_no_longer_revoked_is_concerned(folder: Path) -> None:
    revoked = write_environment(folder, "c", revoked=revoking(folder, folder / DER)).read_bytes()
    (folder / "c.yaml").unlink()
    change = FileChange("c.yaml", None, "before")
    assert concerned(folder, change, earlier={"before": revoked}) == {"b": [("revoked", "c.yaml")]}


def test_what_was_revoked_before_and_is_still_concerns_nobody_else(folder: Path) -> None:
    entries = revoking(folder, folder / DER)
    before = write_environment(folder, "a", certificates={"psn-01": PEM}, revoked=entries).read_bytes()
    (folder / "a.yaml").rename(folder / "renamed.yaml")
    change = FileChange("a.yaml", "renamed.yaml", "before")
    assert concerned(folder, change, earlier={"before": before}) == {"renamed": [("renamed", "a.yaml")]}


def test_a_certificate_that_cannot_be_read_is_nobodys(folder: Path) -> None:
    entries = revoking(folder, folder / DER)
    (folder / DER).write_text("no certificate", encoding="utf-8")
    write_environment(folder, "a", certificates={"psn-01": PEM}, revoked=entries)
    assert concerned(folder, *changed("a.yaml")) == {"a": [("changed", "a.yaml")]}


def test_what_is_gone_is_told_with_the_name_it_may_have_now() -> None:
    changes = [
        FileChange("z.yaml", "b.yaml"),
        FileChange("c.yaml", None),
        FileChange("d.yaml", "drafts/d.yaml"),
        FileChange("e.yaml", "Bad name.yaml"),
        FileChange("kept.yaml", None),
        FileChange("Never one.yaml", None),
        FileChange(PEM, None),
    ]
    files: dict[str, Any] = {"b": None, "kept": None}
    assert gone(files, changes) == [Gone("c"), Gone("d"), Gone("e"), Gone("z", "b")]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a.yaml", "a"),
        ("sub/a.yaml", None),
        ("a.yml", None),
        ("A.yaml", None),
        ("constructor.yaml", None),
        (".yaml", None),
        ("", None),
        (None, None),
    ],
)
def test_only_a_file_of_the_folder_itself_is_an_environment(path: str | None, name: str | None) -> None:
    assert environment_of(path) == name


def test_code_is_what_stacks_are_made_by() -> None:
    changes = changed("main.py", "helpers/model.py", "docs/x.md", "cli/review.py", "tests/helpers/x.py", "helpers.md")
    changes.append(FileChange("stacks/old.py", "docs/old.py"))
    assert code_changed(changes) == ["helpers/model.py", "main.py", "stacks/old.py"]


def test_what_crosses_the_folders_border_is_new_or_gone() -> None:
    changes = [
        FileChange("x/a", "y/a", "1"),
        FileChange("y/b", "x/b", "2"),
        FileChange("x/c", "x/d", "3"),
        *changed("xa"),
    ]
    assert list(below(changes, "x/")) == [FileChange("a", None, "1"), FileChange(None, "b"), FileChange("c", "d", "3")]
    assert list(below(changes, "")) == changes


def test_reasons_are_sentences(folder: Path) -> None:
    (why,) = reasons({"b": folder / "b.yaml"}, folder, changed(DER), {})["b"]
    assert why.cause is Cause.CERTIFICATE
    assert str(why) == "certificates/psn-02.pem changed"


def test_among_a_thousand_only_those_are_read_that_mention_the_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = write_environment(tmp_path, "e0", certificates={"psn-01": PEM}).read_text()
    for number in range(1, 1000):
        own = text.replace("psn-01.pem", f"psn-{number}-of-many.pem")
        (tmp_path / f"e{number}.yaml").write_text(own, encoding="utf-8")
    files = {path.stem: path for path in tmp_path.glob("*.yaml")}
    read = []

    def reading(content: bytes, file: str) -> list[str]:
        read.append(file)
        return [PEM] if PEM.encode() in content else []

    monkeypatch.setattr("helpers.changes.naming.certificates_named", reading)
    assert list(naming(files, tmp_path, {PEM})) == [("e0", PEM)]
    assert read == [str(tmp_path / "e0.yaml")]
    assert len(list(naming(files, tmp_path, {PEM, *(f"{number}.pem" for number in range(30))}))) == 1
    write_certificate(tmp_path, "certificates/last.pem")
    assert len(read) == 1001
