"""GET /openapi.json, /openapi.yaml: from memory, the same for everybody."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from petstools.schema import document as documents
from tests.schema.conform import schema

ROOT = Path(__file__).resolve().parents[2]
FORMS = ["/openapi.json", "/openapi.yaml"]


@pytest.mark.parametrize("path", FORMS)
def test_it_is_the_document_at_this_services_own_address(client: Client, settings: Settings, path: str) -> None:
    settings.CONNECTOR_PUBLIC_URL = "https://connector.meo.example"

    response = client.get(path)

    assert response.status_code == 200
    assert yaml.safe_load(response.content) == schema()


def test_json_says_that_it_is_json(client: Client) -> None:
    response = client.get("/openapi.json", headers={"accept": "text/html"})

    assert response.headers["Content-Type"] == "application/json"
    assert json.loads(response.content)["openapi"] == "3.1.0"


def test_yaml_says_that_it_is_yaml_and_keeps_its_letters(client: Client) -> None:
    response = client.get("/openapi.yaml")

    assert response.headers["Content-Type"] == "application/yaml"
    assert "hôm qua" in response.content.decode()


@pytest.mark.parametrize("path", FORMS)
def test_who_has_it_already_is_told_so(client: Client, path: str) -> None:
    first = client.get(path)

    again = client.get(path, headers={"if-none-match": first.headers["ETag"]})

    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"] == "public, max-age=300, must-revalidate"


def test_who_has_another_one_gets_it(client: Client) -> None:
    assert client.get("/openapi.json", headers={"if-none-match": '"other"'}).status_code == 200


def test_the_tag_moves_with_the_document(client: Client, settings: Settings) -> None:
    first = client.get("/openapi.json").headers["ETag"]
    settings.CONNECTOR_PUBLIC_URL = "https://elsewhere.example"

    assert client.get("/openapi.json").headers["ETag"] != first


@pytest.mark.parametrize("path", [*FORMS, "/docs"])
def test_it_is_open_to_all_and_asks_no_database(
    client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries, path: str
) -> None:
    with django_assert_num_queries(0):
        response = client.get(path, headers={"authorization": "Bearer not-a-token"})

    assert response.status_code == 200
    assert not response.cookies


@pytest.mark.parametrize("path", [*FORMS, "/docs"])
def test_head_tells_the_same_without_the_body(client: Client, path: str) -> None:
    response = client.head(path)

    assert response.status_code == 200
    assert response.content == b""
    assert response.headers.get("ETag") == client.get(path).headers.get("ETag")


@pytest.mark.parametrize("path", [*FORMS, "/docs"])
def test_it_can_only_be_read(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


def test_it_is_made_once_in_a_process(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    make = documents.document

    def counted(public_url: str) -> Any:
        made.append(public_url)
        return make(public_url)

    monkeypatch.setattr(documents, "document", counted)
    documents._published.cache_clear()

    for path in (*FORMS, *FORMS):
        client.get(path)

    assert len(made) == 1


def test_every_process_serves_the_same_bytes() -> None:
    code = (
        "import django; django.setup(); from petstools.schema.document import published; "
        "print(published().etag('json'), published().etag('yaml'))"
    )

    tags = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "DJANGO_SETTINGS_MODULE": "tests.settings"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }

    here = documents.published()
    assert tags == {f"{here.etag('json')} {here.etag('yaml')}"}


def test_its_words_are_english_whatever_the_reader_speaks(client: Client) -> None:
    documents._published.cache_clear()
    first = client.get("/openapi.json", headers={"accept-language": "vi"}).content
    documents._published.cache_clear()

    assert client.get("/openapi.json", headers={"accept-language": "en"}).content == first
