"""The demo's search for secrets: a search that can't find anything would always pass."""

import base64
from pathlib import Path
from urllib.parse import quote

import pytest

from devtools.demo.secret_scan import SecretScan

TOKEN = "meo_at_Zk3+/3kPq0l9Yw7Rt5Vb"


@pytest.fixture
def secret_scan(tmp_path: Path) -> SecretScan:
    secret_scan = SecretScan(tmp_path)
    secret_scan.learn("access_token (ChatGPT)", TOKEN)
    return secret_scan


@pytest.mark.parametrize(
    "writing",
    [
        TOKEN,
        quote(TOKEN, safe=""),
        TOKEN.encode().hex(),
        base64.b64encode(TOKEN.encode()).decode(),
        base64.urlsafe_b64encode(TOKEN.encode()).decode(),
    ],
)
def test_it_finds_a_secret_in_each_writing(secret_scan: SecretScan, tmp_path: Path, writing: str) -> None:
    (tmp_path / "connector.sqlite3").write_bytes(b"\x00\xff" + writing.encode() + b"\x00")
    _files, found = secret_scan.search()
    assert {one.label for one in found} == {"access_token (ChatGPT)"}


def test_it_finds_a_main_app_token_it_never_saw(secret_scan: SecretScan, tmp_path: Path) -> None:
    (tmp_path / "connector.log").write_text(f"sent 17|{'aB3' * 16}")
    _files, found = secret_scan.search()
    assert [one.file.name for one in found] == ["connector.log"]


def test_it_passes_clean_files(secret_scan: SecretScan, tmp_path: Path) -> None:
    (tmp_path / "connector.log").write_text("nothing but an access line")
    files, found = secret_scan.search()
    assert len(files) == 1
    assert found == []


def test_people_of_the_stand_in_may_stand_in_its_own_log_only(secret_scan: SecretScan, tmp_path: Path) -> None:
    secret_scan.learn("email (browser)", "emma@example.com")
    for name in ("main-app.log", "connector.log"):
        (tmp_path / name).write_text("emma@example.com")
    _files, found = secret_scan.search()
    assert [one.file.name for one in found] == ["connector.log"]


def test_it_never_shows_a_whole_secret(secret_scan: SecretScan) -> None:
    secret_scan.learn_address("redirect", "https://chatgpt.com/callback?code=abcdefgh12345678&state=xyz-state-1")
    shown = secret_scan.veil(f"token={quote(TOKEN, safe='')}&plain={TOKEN}&code=abcdefgh12345678")
    assert TOKEN not in shown
    assert quote(TOKEN, safe="") not in shown
    assert "abcdefgh12345678" not in shown
    assert "meo_at_" in shown
