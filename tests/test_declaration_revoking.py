"""What any file of the folder revokes, every other refuses; and looking for it costs next to nothing."""

from __future__ import annotations

import codecs
import time
from typing import TYPE_CHECKING

import pytest

from helpers.declaration.environments import read_environment, read_environments
from helpers.declaration.folder import environment_paths
from helpers.declaration.revoking import revoked_in
from helpers.declaration.yaml_reading import read_yaml
from helpers.errors import DeclarationErrors
from tests.declaring import write_environment
from tests.judging import SOUND

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.declaration.yaml_reading import YamlDocument

SHA256 = "AB" * 32
ITEM = {"sha256": SHA256, "common_name": "x", "reason": "stolen", "date": "2026-01-31"}
WRITTEN = f'revoked: [{{sha256: "{SHA256}", common_name: x, reason: stolen, date: 2026-01-31}}]\n'


def test_a_certificate_is_refused_wherever_it_was_revoked(tmp_path: Path) -> None:
    path = write_environment(tmp_path, "production")
    fingerprint = read_environment(path).certificates[0].certificate.sha256_hex
    write_environment(tmp_path, "lab", revoked=[{**ITEM, "sha256": fingerprint.lower()}], certificates={"b": "b.pem"})
    for read in (lambda: read_environment(path), lambda: read_environments(tmp_path, only=["production"])):
        with pytest.raises(DeclarationErrors) as raised:
            read()
        assert [str(mistake) for mistake in raised.value.mistakes] == [
            (
                f"{path}:10: certificates.psn-01: certificates/psn-01.pem is revoked (stolen; lab.yaml says so); "
                "take this entry out; the node needs a new certificate with a new key"
            )
        ]


def test_a_key_is_refused_wherever_it_was_revoked(tmp_path: Path) -> None:
    path = write_environment(tmp_path, "production")
    key = read_environment(path).certificates[0].certificate.public_key_sha256
    item = {**ITEM, "public_key_sha256": ":".join(key[at : at + 2] for at in range(0, 64, 2)).lower()}
    write_environment(tmp_path, "lab", revoked=[item], certificates={"b": "b.pem"})
    assert revoked_in(environment_paths(tmp_path)) == dict.fromkeys([SHA256, key], "stolen; lab.yaml says so")
    with pytest.raises(DeclarationErrors, match=r"psn-01\.pem: its key is revoked: stolen; lab\.yaml says so; "):
        read_environment(path)


@pytest.mark.parametrize(
    "content",
    [
        WRITTEN.encode(),
        WRITTEN.replace(SHA256, ":".join(["ab"] * 32)).encode(),
        WRITTEN.replace("sha256", '"sha\\x3256"').encode(),
        codecs.BOM_UTF16_LE + WRITTEN.encode("utf-16-le"),
        (WRITTEN + "schema: one\nunknown: true\n").encode(),
        WRITTEN.replace("[", "[{reason: no fingerprint}, nonsense, ").encode(),
    ],
    ids=["plain", "colons", "escaped-key", "utf-16", "mistakes-elsewhere", "mistakes-beside"],
)
def test_however_it_is_written_a_revocation_counts(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "lab.yaml").write_bytes(content)
    assert revoked_in(environment_paths(tmp_path)) == {SHA256: "stolen; lab.yaml says so"}


def test_what_cannot_be_read_revokes_nothing_and_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"sha256: {")
    (tmp_path / "b.yaml").mkdir()
    (tmp_path / "c.yaml").symlink_to("/nowhere")
    (tmp_path / "d.yaml").write_bytes(b"revoked: {sha256: x}")
    (tmp_path / "e.yaml").write_bytes(b"- sha256")
    assert revoked_in(environment_paths(tmp_path)) == {}


def test_a_file_without_a_fingerprint_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []

    def noted(content: bytes, *, file: str) -> YamlDocument:
        parsed.append(file)
        return read_yaml(content, file=file)

    monkeypatch.setattr("helpers.declaration.revoking.read_yaml", noted)
    (tmp_path / "lab.yaml").write_text(SOUND, encoding="utf-8")
    (tmp_path / "production.yaml").write_text(SOUND + WRITTEN, encoding="utf-8")
    assert list(revoked_in(environment_paths(tmp_path))) == [SHA256]
    assert parsed == [str(tmp_path / "production.yaml")]


def test_a_thousand_files_cost_milliseconds(tmp_path: Path) -> None:
    for number in range(1000):
        (tmp_path / f"e-{number}.yaml").write_text(SOUND, encoding="utf-8")
    paths = environment_paths(tmp_path)
    started = time.process_time()
    assert revoked_in(paths) == {}
    assert time.process_time() - started < 0.5  # a bound on the order of magnitude: it takes some 30 ms
