"""What the service is made of: reviewed licences, and a bill of materials that holds all of it."""

import json
from importlib.metadata import version

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from devtools.security import audit
from devtools.security.packages import DOCUMENT, PERMISSIVE, REVIEWED, is_permissive, licences, packages
from devtools.security.sbom import sbom

pytestmark = pytest.mark.once


def test_every_package_is_permissive_or_was_reviewed() -> None:
    asking = {one.name for one in packages() if not is_permissive(one.licence)}

    assert asking - REVIEWED.keys() == set()
    assert REVIEWED.keys() <= {one.name for one in packages()}
    assert not any("GPL" in one or one == "unknown" for one in PERMISSIVE)


def test_the_documents_table_is_what_is_installed() -> None:
    """`python -m devtools.security.packages` writes it."""
    assert licences() in DOCUMENT.read_text()


def test_what_is_pinned_is_what_is_installed() -> None:
    assert [one.name for one in packages() if version(one.name) != one.version] == []


def test_the_bill_of_materials_is_valid_and_whole() -> None:
    told = sbom()

    assert not JsonStrictValidator(SchemaVersion.V1_6).validate_str(told)
    read = json.loads(told)
    parts = {one["name"]: one for one in read["components"]}
    assert parts.keys() == {one.name for one in packages()}
    for one in packages():
        part = parts[one.name]
        assert (part["version"], part["purl"]) == (one.version, f"pkg:pypi/{one.name}@{one.version}")
        assert {each["content"] for each in part["externalReferences"][0]["hashes"]} == set(one.hashes)
        assert part["licenses"]
    (django,) = [one for one in read["dependencies"] if one["ref"].startswith("pkg:pypi/django@")]
    assert {each.split("@")[0] for each in django["dependsOn"]} == {
        "pkg:pypi/asgiref",
        "pkg:pypi/sqlparse",
        "pkg:pypi/tzdata",
    }


@pytest.mark.parametrize("answer", ["", "no JSON", '{"dependencies": []}'])
def test_an_audit_that_reached_no_service_says_so(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not as a clean bill."""

    class Ran:
        stdout = answer

    monkeypatch.setattr(audit, "_run", lambda *_arguments: Ran)

    assert audit.pip_audit().note == "no service answers here that knows of vulnerabilities: nothing was audited"
