"""attach_files: POST /pets/{pet_id}/files."""

from collections.abc import Callable
from typing import Any

import pytest
import structlog
from pytest_django import Settings

from sandbox.server import SandboxServer
from tests.files.conftest import authority, file_host, names  # noqa: F401 - fixtures
from tests.files.file_host import NAME, FileHost
from tests.files.samples import corners, pages, saved
from tests.tools.conftest import Gpt

Connect = Callable[..., Gpt]


@pytest.fixture
def host(file_host: FileHost, settings: Settings) -> FileHost:  # noqa: F811
    settings.FILE_DOWNLOAD_HOSTS = [f"{NAME}:{file_host.port}"]
    settings.FILE_DOWNLOAD_PRIVATE_ADDRESSES = True
    settings.FILE_DOWNLOAD_CA_FILE = str(file_host.authority.file)
    file_host.serve("/photo", saved(corners(), "JPEG"))
    file_host.serve("/heic-like", saved(corners(), "WEBP"))
    file_host.serve("/card.pdf", pages(3))
    file_host.serve("/text", b"just words")
    return file_host


@pytest.fixture
def cat(sandbox: SandboxServer) -> Any:
    return sandbox.world.add_pet(sandbox.world.user("mai"), name="Nếp", species="cat")


def ref(host: FileHost, path: str, *, file_id: str = "file-1") -> dict[str, str]:
    link = f"https://{NAME}:{host.port}{path}?sig=S3cret"
    return {"name": path.strip("/"), "id": file_id, "mime_type": "image/jpeg", "download_link": link}


def test_a_photo_goes_on_the_pet(gpt: Connect, cat: Any, host: FileHost) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/files", openaiFileIdRefs=[ref(host, "/photo")], target="pet")

    assert told.ok["saved"] == 1
    assert told.body["results"][0]["photos"][0]["photo_id"]
    assert len(cat.photos) == 1
    assert told.upstream == [f"GET /pets/{cat.id}", f"POST /pets/{cat.id}/photos"]
    # Rule 21: what follows is said.
    assert told.body["note"].startswith("The pet had no photo: it is its main photo now.")


def test_a_new_photo_does_not_become_the_main_one_unasked(
    gpt: Connect, cat: Any, host: FileHost, sandbox: SandboxServer
) -> None:
    main = sandbox.world.add_photo(cat)

    told = gpt("mai").post(f"/pets/{cat.id}/files", openaiFileIdRefs=[ref(host, "/photo")])

    assert told.ok["saved"] == 1
    assert told.body["note"] == "To take one back: delete_record with kind photo and its photo_id as record_id."
    assert cat.photos[0].id == main.id
    assert len(cat.photos) == 2


def test_a_new_photo_becomes_the_main_one_when_asked(
    gpt: Connect, cat: Any, host: FileHost, sandbox: SandboxServer
) -> None:
    sandbox.world.add_photo(cat)
    files = [ref(host, "/photo", file_id="a"), ref(host, "/heic-like", file_id="b")]

    told = gpt("mai").post(f"/pets/{cat.id}/files", openaiFileIdRefs=files, make_primary=True)

    assert told.ok["saved"] == 2
    assert cat.photos[0].id == told.body["results"][0]["photos"][0]["photo_id"]
    assert told.body["note"].startswith("It is the pet's main photo now, in place of another.")


def test_the_same_call_again_saves_nothing_twice(gpt: Connect, cat: Any, host: FileHost) -> None:
    connected = gpt("mai")
    body = {"openaiFileIdRefs": [ref(host, "/photo", file_id="a"), ref(host, "/heic-like", file_id="b")]}
    first = connected.post(f"/pets/{cat.id}/files", **body)

    again = connected.post(f"/pets/{cat.id}/files", **body)

    assert [one["already_recorded"] for one in again.ok["results"]] == [True, True]
    assert [one["photos"][0]["photo_id"] for one in again.body["results"]] == [
        one["photos"][0]["photo_id"] for one in first.body["results"]
    ]
    assert len(cat.photos) == 2


@pytest.mark.parametrize("target", ["pet", "medical_record", "vaccination"])
def test_an_answer_lost_after_the_commit_is_found_by_the_same_call_again(
    gpt: Connect, cat: Any, host: FileHost, sandbox: SandboxServer, target: str
) -> None:
    connected = gpt("mai")
    place = _place(sandbox, cat, target)
    body = {"openaiFileIdRefs": [ref(host, "/photo")], "target": target, "record_id": place.get("record_id")}
    sandbox.faults.add(drop="after_commit", method="POST", path="/photo")

    lost = connected.post(f"/pets/{cat.id}/files", **body)
    sandbox.faults.clear()
    again = connected.post(f"/pets/{cat.id}/files", **body, replace=True)

    assert lost.body["results"][0]["error"] == "OUTCOME_UNKNOWN"
    assert again.ok["saved"] == 1
    assert len(place["photos"]()) == 1
    assert again.body["results"][0]["photos"][0]["photo_id"] == place["photos"]()[0].id


def test_pages_of_a_pdf_go_on_a_medical_record(gpt: Connect, cat: Any, host: FileHost, sandbox: SandboxServer) -> None:
    record = sandbox.world.add_medical_record(cat, record_type="checkup")

    told = gpt("mai").post(
        f"/pets/{cat.id}/files",
        openaiFileIdRefs=[ref(host, "/card.pdf")],
        target="medical_record",
        record_id=record.id,
    )

    assert told.ok["saved"] == 1
    assert len(told.body["results"][0]["photos"]) == 3
    assert len(record.photos) == 3


def test_pages_that_were_left_out_are_said(
    gpt: Connect, cat: Any, host: FileHost, sandbox: SandboxServer, settings: Settings
) -> None:
    settings.FILE_MAX_PDF_PAGES = 2
    record = sandbox.world.add_medical_record(cat, record_type="checkup")

    told = gpt("mai").post(
        f"/pets/{cat.id}/files",
        openaiFileIdRefs=[ref(host, "/card.pdf")],
        target="medical_record",
        record_id=record.id,
    )

    assert told.ok["results"][0]["message"] == "Only the first 2 of 3 pages were saved."


def test_a_vaccinations_photo_is_replaced_only_after_asking(
    gpt: Connect, cat: Any, host: FileHost, sandbox: SandboxServer
) -> None:
    connected = gpt("mai")
    shot = sandbox.world.add_vaccination(cat, vaccine_name="Rabies")
    body = {"target": "vaccination", "record_id": shot.id}
    first = connected.post(f"/pets/{cat.id}/files", openaiFileIdRefs=[ref(host, "/photo", file_id="a")], **body)
    other = [ref(host, "/heic-like", file_id="b")]

    asked = connected.post(f"/pets/{cat.id}/files", openaiFileIdRefs=other, **body)
    replaced = connected.post(f"/pets/{cat.id}/files", openaiFileIdRefs=other, replace=True, **body)

    old = first.ok["results"][0]["photos"][0]["photo_id"]
    assert asked.reason == "confirm_replace"
    assert asked.body["candidates"][0]["photo_id"] == old
    new = replaced.ok["results"][0]["photos"][0]["photo_id"]
    assert new != old
    assert [photo.id for photo in sandbox.world.media.values() if photo.model_id == shot.id] == [new]


def test_the_same_vaccination_photo_again_is_no_replacement(
    gpt: Connect, cat: Any, host: FileHost, sandbox: SandboxServer
) -> None:
    connected = gpt("mai")
    shot = sandbox.world.add_vaccination(cat, vaccine_name="Rabies")
    body = {"openaiFileIdRefs": [ref(host, "/photo")], "target": "vaccination", "record_id": shot.id}
    connected.post(f"/pets/{cat.id}/files", **body)

    again = connected.post(f"/pets/{cat.id}/files", **body)

    assert again.ok["results"][0]["already_recorded"] is True


def test_a_pdf_of_several_pages_is_too_much_for_a_vaccination(
    gpt: Connect, cat: Any, host: FileHost, sandbox: SandboxServer
) -> None:
    shot = sandbox.world.add_vaccination(cat, vaccine_name="Rabies")

    told = gpt("mai").post(
        f"/pets/{cat.id}/files",
        openaiFileIdRefs=[ref(host, "/card.pdf")],
        target="vaccination",
        record_id=shot.id,
    )

    assert told.body["status"] == "partial"
    assert told.body["results"][0]["error"] == "TOO_MANY_PAGES"


def test_what_cannot_go_is_said_file_by_file_and_the_rest_goes(gpt: Connect, cat: Any, host: FileHost) -> None:
    files = [
        ref(host, "/text", file_id="a"),
        {**ref(host, "/photo", file_id="b"), "download_link": "https://evil.example/x.jpg"},
        ref(host, "/missing", file_id="c"),
        ref(host, "/photo", file_id="d"),
    ]

    told = gpt("mai").post(f"/pets/{cat.id}/files", openaiFileIdRefs=files)

    assert told.body["status"] == "partial"
    assert told.body["saved"] == 1
    assert [one.get("error") for one in told.body["results"]] == [
        "NOT_A_PICTURE",
        "LINK_NOT_ALLOWED",
        "DOWNLOAD_FAILED",
        None,
    ]
    assert "S3cret" not in str(told.body)


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ({}, ["openaiFileIdRefs"]),
        ({"openaiFileIdRefs": [], "target": "vaccination"}, ["openaiFileIdRefs", "record_id"]),
        ({"openaiFileIdRefs": [], "record_id": 3}, ["openaiFileIdRefs", "target"]),
    ],
)
def test_everything_missing_is_asked_for_at_once(
    gpt: Connect, cat: Any, body: dict[str, Any], missing: list[str]
) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/files", **body)

    assert told.reason == "missing"
    assert told.body["missing_fields"] == missing
    assert told.upstream == []


def test_a_file_that_the_app_kept_to_itself_is_not_asked_for_again(gpt: Connect, cat: Any) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/files", openaiFileIdRefs=["chat_upload"])

    assert (told.code, told.upstream) == ("INVALID_INPUT", [])
    assert "open ChatGPT in a browser" in told.body["fields"][0]["reason"]
    assert "upload it here" not in str(told.body)


def test_the_log_says_which_host_and_what_became_of_the_file(gpt: Connect, cat: Any, host: FileHost) -> None:
    files = [ref(host, "/photo"), ref(host, "/text", file_id="file-2")]
    elsewhere = {
        "name": "x",
        "id": "f3",
        "mime_type": "",
        "download_link": "https://u:S3cret@evil.example/S3cret?S3cret",
    }

    with structlog.testing.capture_logs() as lines:
        gpt("mai").post(f"/pets/{cat.id}/files", openaiFileIdRefs=[*files, elsewhere])

    told = [line for line in lines if line["event"] in ("file converted", "file refused")]
    assert [(line["event"], line["host"], line.get("code")) for line in told] == [
        ("file converted", NAME, None),
        ("file refused", NAME, "not_a_picture"),
        ("file refused", "evil.example", "link_not_allowed"),
    ]
    assert "S3cret" not in str(lines)


@pytest.mark.parametrize(
    "refs", ["file-1", ["file-1"], [{"name": "x"}], [{"download_link": 3}], [{"download_link": "https://x"}] * 11]
)
def test_what_is_no_list_of_files_is_refused(gpt: Connect, cat: Any, refs: Any) -> None:
    told = gpt("mai").post(f"/pets/{cat.id}/files", openaiFileIdRefs=refs)

    assert told.status == 400
    assert told.code == "INVALID_INPUT"
    assert told.upstream == []


def test_two_files_for_one_vaccination_are_asked_about(gpt: Connect, cat: Any, host: FileHost) -> None:
    files = [ref(host, "/photo", file_id="a"), ref(host, "/photo", file_id="b")]

    told = gpt("mai").post(f"/pets/{cat.id}/files", openaiFileIdRefs=files, target="vaccination", record_id=1)

    assert told.reason == "several_files"


def test_a_kind_without_photos_is_told_so(gpt: Connect, host: FileHost, sandbox: SandboxServer) -> None:
    bird = sandbox.world.add_pet(sandbox.world.user("mai"), name="Chip", species="bird")

    told = gpt("mai").post(f"/pets/{bird.id}/files", openaiFileIdRefs=[ref(host, "/photo")])

    assert told.body["results"][0]["error"] == "FEATURE_NOT_AVAILABLE"


def test_a_full_storage_stops_the_rest(gpt: Connect, cat: Any, host: FileHost, sandbox: SandboxServer) -> None:
    sandbox.world.storage_limit_bytes = 10
    files = [ref(host, "/photo", file_id="a"), ref(host, "/heic-like", file_id="b")]
    connected = gpt("mai")
    asked_before = host.connections

    told = connected.post(f"/pets/{cat.id}/files", openaiFileIdRefs=files)

    assert [one["error"] for one in told.body["results"]] == ["STORAGE_FULL", "STORAGE_FULL"]
    assert host.connections == asked_before + 1


def _place(sandbox: SandboxServer, cat: Any, target: str) -> dict[str, Any]:
    if target == "pet":
        return {"photos": lambda: cat.photos}
    if target == "medical_record":
        record = sandbox.world.add_medical_record(cat, record_type="checkup")
        return {"record_id": record.id, "photos": lambda: record.photos}
    shot = sandbox.world.add_vaccination(cat, vaccine_name="Rabies")
    return {"record_id": shot.id, "photos": lambda: [shot.photo] if shot.photo else []}
