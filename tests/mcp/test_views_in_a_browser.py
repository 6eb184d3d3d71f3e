"""Each view in Chromium under the official AppBridge, with real answers of our tools: drawn, in four languages, light and dark."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from devtools.pictures import PICTURE, VIEWS, VIEWS_TEST
from petstools.mcp import apps
from tests.browser import OVERFLOW, TEXT_ON_GROUND, Chromium, contrast, waiting
from tests.mcp.conftest import Mcp
from tests.mcp.test_confirmation_card import DRAWS
from tests.mcp.test_confirmation_card import asked as asked_for

pytestmark = [
    pytest.mark.once,
]
Connect = Callable[..., Mcp]
JS = Path(__file__).parent / "js"
PAGE = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Host</title>
<body style="margin: 0"><script src="host.js"></script>"""
RESULT = ("content", "structuredContent", "isError", "_meta")
LANGUAGES = ["en", "vi", "ru", "uk"]
# Views are looked at as pictures by whoever changes them: VIEW_PICTURES=folder keeps them.


class Host:
    """A chat that draws views. `open` shows one; `answered()` has a call of the view answered by the real tool."""

    def __init__(self, chromium: Chromium, page: Path) -> None:
        self.chromium, self.driver, self.page = chromium, chromium.driver, page
        self.language = ""

    def open(
        self,
        tool: str,
        given: dict[str, Any],
        told: Any,
        *,
        language: str = "en",
        theme: str = "light",
        width: int = 640,
    ) -> None:
        if language == self.language:
            # The page of the host is there: loading it takes half of the time.
            self.driver.switch_to.default_content()
            self.chromium.resize(width, 844)
            self.chromium.paint(theme)
        else:
            self.chromium.look(self.page.as_uri(), language=language, width=width, scheme=theme)
            self.language = language
        result = {name: told.result[name] for name in RESULT if name in told.result}
        self.driver.execute_async_script(
            "const [html, given, result, context, done] = arguments; open_view(html, given, result, context).then(done)",
            *(apps.html(tool), given, result, {"locale": language, "theme": theme}),
        )
        self.driver.switch_to.frame(self.driver.find_element(By.TAG_NAME, "iframe"))
        waiting(self.driver, 10).until(lambda driver: driver.find_element(By.TAG_NAME, "main").text)

    def answered(self, connected: Mcp) -> tuple[str, dict[str, Any]]:
        """What the view called, after the tool has answered it."""
        self.driver.switch_to.default_content()
        asked = waiting(self.driver, 10).until(lambda driver: driver.execute_script("return next_call()"))
        told = connected.call(asked["name"], **asked["arguments"])
        result = {name: told.result[name] for name in RESULT if name in told.result}
        self.driver.execute_script("answer(arguments[0])", result)
        self.driver.switch_to.frame(self.driver.find_element(By.TAG_NAME, "iframe"))
        return asked["name"], asked["arguments"]

    def told(self, *words: str) -> str:
        """What the model of this chat has been told of the view, once all of these words are in it."""
        self.driver.switch_to.default_content()
        last = waiting(self.driver, 10).until(
            lambda driver: next(
                (one for one in driver.execute_script("return told.slice(-1)") if all(word in one for word in words)),
                "",
            )
        )
        self.driver.switch_to.frame(self.driver.find_element(By.TAG_NAME, "iframe"))
        return str(last)

    @property
    def text(self) -> str:
        return self.driver.find_element(By.TAG_NAME, "main").text

    def until(self, words: str) -> None:
        waiting(self.driver, 10).until(lambda _driver: words in self.text, f"{words!r} is not shown: {self.text}")

    def press(self, words: str) -> None:
        self.driver.find_element(By.XPATH, f"//button[normalize-space()='{words}']").click()

    def unreadable(self) -> list[Any]:
        texts: list[list[str]] = self.driver.execute_script(TEXT_ON_GROUND)
        return [(of, contrast(colour, ground)) for of, colour, ground in texts if contrast(colour, ground) < 4.5]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: the official AppBridge can't be had")
    if not (JS / "node_modules" / "esbuild").exists():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=JS, check=True, capture_output=True, timeout=110)
    folder = tmp_path_factory.mktemp("host")
    made = [
        str(JS / "node_modules" / ".bin" / "esbuild"),
        "host.js",
        "--bundle",
        "--format=iife",
        f"--outfile={folder}/host.js",
    ]
    subprocess.run(made, cwd=JS, check=True, capture_output=True, timeout=60)
    page = folder / "host.html"
    page.write_text(PAGE)
    return page


@pytest.fixture
def host(chromium: Chromium, bundle: Path) -> Host:
    return Host(chromium, bundle)


@pytest.fixture
def mai(mcp: Connect) -> Mcp:
    """Somebody with a cat that has records."""
    return mcp("mai")


def cat_of(connected: Mcp) -> dict[str, Any]:
    pets: list[dict[str, Any]] = connected.call("list_pets", species="cat").content["pets"]
    return next(pet for pet in pets if pet["can_edit"] and pet["status"] == "active" and "vaccinations" in pet["keeps"])


def test_the_weight_curve(host: Host, mai: Mcp) -> None:
    cat = cat_of(mai)
    for kilograms, on in (("4.0", "2026-01-05"), ("4.1", "2026-03-05"), ("4.3", "2026-06-05")):
        mai.call("add_weight", pet_id=cat["id"], weight_kg=kilograms, measured_at=on, again=True)
    told = mai.call("list_weights", pet_id=cat["id"])

    host.open("list_weights", {"pet_id": cat["id"]}, told)

    points = host.driver.find_elements(By.TAG_NAME, "circle")
    assert len(points) == len(told.content["weights"])
    host.driver.execute_script("arguments[0].focus()", points[0])
    host.until("Jan 5, 2026: 4 kg")
    host.driver.find_element(By.TAG_NAME, "summary").click()
    assert len(host.driver.find_elements(By.TAG_NAME, "tr")) == len(points)


def test_a_point_opens_its_record(host: Host, mai: Mcp) -> None:
    cat = cat_of(mai)
    told = mai.call("list_weights", pet_id=cat["id"])
    newest = told.content["weights"][0]
    host.open("list_weights", {"pet_id": cat["id"]}, told)

    for keys, then in ((newest["weight_kg"] + 0.1, "4.2 kg · "), (10 * newest["weight_kg"], "This looks unlikely.")):
        host.driver.find_elements(By.TAG_NAME, "circle")[-1].send_keys(Keys.ENTER)
        field = host.driver.find_element(By.CSS_SELECTOR, "input[type=number]")
        field.clear()
        field.send_keys(f"{keys:.2f}")
        host.press("Save")
        called, given = host.answered(mai)
        assert (called, given["weight_id"], float(given["weight_kg"].removesuffix(" kg"))) == (
            "update_weight",
            newest["id"],
            round(keys, 2),
        )
        host.until(then)

    host.press("It is right")
    assert host.answered(mai)[1]["again"] is True
    host.told("update_weight", f'"weight_kg":{round(10 * newest["weight_kg"], 2):g}')
    assert mai.call("list_weights", pet_id=cat["id"]).content["weights"][0]["weight_kg"] == 10 * newest["weight_kg"]


def test_who_is_due_records_the_booster(host: Host, mai: Mcp) -> None:
    cat = cat_of(mai)
    shot = mai.call(
        "add_vaccination",
        pet_id=cat["id"],
        vaccine_name="Leptospirosis",
        administered_at="2025-11-20",
        due_at="2026-11-20",
    ).content["data"]
    # From 17:00 UTC on the main app does not take Hanoi's today.
    host.open("pets_overview", {}, mai.call("pets_overview", time_zone="UTC"))
    assert "Leptospirosis" in host.text
    rows = host.driver.find_elements(By.TAG_NAME, "li")
    row = next(row for row in rows if "Leptospirosis" in row.text)

    row.find_element(By.TAG_NAME, "button").click()
    row.find_element(By.XPATH, ".//button[.='Save']").click()
    called, given = host.answered(mai)

    assert (called, given["pet_id"], given["vaccination_id"]) == ("renew_vaccination", cat["id"], shot["id"])
    host.until("Leptospirosis")
    waiting(host.driver, 10).until(lambda _driver: "saved" in row.text)
    host.told("renew_vaccination", "Leptospirosis")
    listed = mai.call("list_vaccinations", pet_id=cat["id"]).content["vaccinations"]
    assert shot["id"] not in [one["id"] for one in listed]


def test_a_pets_card_asks_for_what_the_profile_lacks(host: Host, mai: Mcp) -> None:
    cat = cat_of(mai)
    host.open("get_pet", {"pet_id": cat["id"]}, mai.call("get_pet", pet_id=cat["id"]))

    assert cat["name"] in host.text
    asked = {host.answered(mai)[0] for _kind in range(3)}

    assert asked == {"list_weights", "list_vaccinations", "list_microchips"}


@pytest.mark.parametrize("draws", [True, False], ids=["declared", "undeclared"])
@pytest.mark.parametrize("yes", [True, False])
def test_a_deletion_needs_the_persons_own_tap(host: Host, mai: Mcp, yes: bool, draws: bool) -> None:
    pet = mai.call("create_pet", name="Tạm", species="cat", country="VN").content["data"]
    asked = asked_for(mai, "delete_pet", DRAWS if draws else {}, pet_id=pet["id"])
    assert ("confirmation" in asked.content) != draws
    host.open("delete_pet", {"pet_id": pet["id"]}, asked)
    assert "Delete Tạm for good?" in host.text

    host.press("Yes, do it" if yes else "No, leave it")
    if yes:
        seal = asked.result["_meta"][apps.SEAL] if draws else asked.content["confirmation"]
        assert host.answered(mai) == ("confirm", {"pet_id": pet["id"], "tool": "delete_pet", "confirmation": seal})
        host.until("Done.")
        assert "confirmation" not in host.told("delete_pet")
    else:
        host.until("Nothing was changed.")

    left = [one["id"] for one in mai.call("list_pets").content["pets"]]
    assert (pet["id"] in left) != yes


@pytest.mark.parametrize("status", ["lost", "deceased"])
def test_a_status_that_changes_much_is_confirmed_with_what_follows(host: Host, mai: Mcp, status: str) -> None:
    cat = cat_of(mai)
    host.open(
        "set_pet_status",
        {"pet_id": cat["id"], "status": status},
        mai.call("set_pet_status", pet_id=cat["id"], status=status),
    )

    host.press("Yes, do it")
    host.answered(mai)
    host.until("Done.")

    assert mai.call("get_pet", pet_id=cat["id"]).content["data"]["status"] == status


def test_a_tool_that_refuses_is_told_and_can_be_tried_again(host: Host, mai: Mcp) -> None:
    cat = cat_of(mai)
    asked = mai.call("delete_pet", pet_id=cat["id"])
    host.open("delete_pet", {"pet_id": cat["id"]}, asked)
    mai.sandbox.faults.add(outage=True, retry_after=9)

    host.press("Yes, do it")
    host.answered(mai)

    host.until("That did not work.")


def test_a_field_that_is_not_what_it_should_be_leaves_no_empty_frame(host: Host, mai: Mcp) -> None:
    told = mai.call("get_pet", pet_id=cat_of(mai)["id"])
    told.body["result"]["structuredContent"]["data"]["country"] = "?"

    host.open("get_pet", {}, told)

    assert host.text == "There is nothing to show here."
    host.chromium.console()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_is_readable_in_each_language(host: Host, mai: Mcp, language: str, request: pytest.FixtureRequest) -> None:
    """On a phone and on a desk in every language, on both in both themes: a theme's colours are the same in all of them."""
    themes = ("light", "dark") if language in LANGUAGES[1::2] else ("dark", "light")
    cat = cat_of(mai)
    mai.call("add_weight", pet_id=cat["id"], weight_kg="4.2", measured_at="2026-02-05", again=True)
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        "list_weights": ("list_weights", {"pet_id": cat["id"]}),
        "pets_overview": ("pets_overview", {}),
        "get_pet": ("get_pet", {"pet_id": cat["id"]}),
        "delete_pet": ("delete_pet", {"pet_id": cat["id"]}),
        "set_pet_status": ("set_pet_status", {"pet_id": cat["id"], "status": "lost"}),
        "review_records": ("review_records", {"records": card_of(cat)}),
    }
    drawn = set()
    for view, (tool, given) in calls.items():
        for width, theme in zip((390, 1040), themes, strict=True):
            drawn.add(picture := f"{view}-{language}-{theme}-{width}.png")
            host.open(view, given, mai.call(tool, **given), language=language, theme=theme, width=width)
            for _asked in range(3 if view == "get_pet" else 0):
                host.answered(mai)

            assert host.unreadable() == [], view
            assert host.driver.execute_script(OVERFLOW) == 0, view
            assert host.driver.find_element(By.TAG_NAME, "html").get_attribute("lang") == language
            if pictures := os.environ.get("VIEW_PICTURES"):
                host.driver.switch_to.default_content()
                host.driver.save_screenshot(f"{pictures}/{picture}")
    host.driver.switch_to.default_content()
    problems = [line for line in host.chromium.console() if line["level"] in ("WARNING", "SEVERE")]
    assert problems == []
    # The listing's screenshots are taken from here.
    if request.node.nodeid == VIEWS_TEST:
        assert {PICTURE.format(view=view) for view in VIEWS} <= drawn
    else:
        assert language != "en"


# --- Review of records ---------------------------------------------------------------------------


def card_of(cat: dict[str, Any]) -> list[dict[str, Any]]:
    shot = {"kind": "vaccination", "pet_id": cat["id"], "vaccine_name": "Chlamydia"}
    return [
        {**shot, "administered_at": "2025-01-10", "due_at": "2026-01-10", "unsure": ["administered_at"]},
        {**shot, "administered_at": "2026-01-08", "due_at": "2027-01-08"},
        {"kind": "weight", "pet_id": cat["id"], "weight_kg": "42 kg", "measured_at": "2026-01-08"},
        {"kind": "medical_record", "pet_id": cat["id"], "record_type": "deworming", "record_date": "2026-01-08"},
    ]


def reviewed(host: Host, connected: Mcp, records: list[dict[str, Any]], **how: Any) -> Any:
    told = connected.call("review_records", records=records)
    host.open("review_records", {"records": records}, told, **how)
    return told


def rows(host: Host) -> list[Any]:
    return host.driver.find_elements(By.CSS_SELECTOR, "tbody tr")


def entered(host: Host, row: int, label: str, value: str) -> None:
    field = rows(host)[row].find_element(By.CSS_SELECTOR, f"[aria-label^='{label}']")
    host.driver.execute_script(
        "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('change'))", field, value
    )


def test_a_card_is_looked_through_corrected_saved_and_taken_back(host: Host, mai: Mcp) -> None:
    cat = cat_of(mai)
    told = reviewed(host, mai, card_of(cat))
    assert [one["status"] for one in told.content["rows"]] == ["ready", "ready", "clarification_needed", "ready"]
    unsure = rows(host)[0].find_element(By.CSS_SELECTOR, ".unsure")
    assert unsure.get_attribute("aria-label") == "Day, 1, hard to read"
    assert "Goes into the history: Chlamydia, Jan 8, 2026 is newer" in rows(host)[0].text
    assert "This looks unlikely" in rows(host)[2].text
    host.until("Save (3)")

    entered(host, 0, "Day", "2025-01-12")
    entered(host, 2, "What", "4.2 kg")
    rows(host)[3].find_element(By.CSS_SELECTOR, "[type=checkbox]").click()
    host.press("Save (3)")
    called, given = host.answered(mai)

    assert called == "record_many"
    assert [(one["kind"], one.get("administered_at")) for one in given["records"]] == [
        ("vaccination", "2025-01-12"),
        ("vaccination", "2026-01-08"),
        ("weight", None),
    ]
    host.until("Saved: 3. Not saved: 0.")
    told_then = host.told('"state":"saved"', "4.2 kg", '"state":"not saved"')
    assert told_then.count('"record_id"') == 3
    shots = mai.call("list_vaccinations", pet_id=cat["id"], status="all").content["vaccinations"]
    mine = {one["administered_at"]: one.get("completed_at") for one in shots if one["vaccine_name"] == "Chlamydia"}
    assert (mine["2026-01-08"], mine["2025-01-12"] is not None) == (None, True)
    weights = mai.call("list_weights", pet_id=cat["id"]).content["weights"]
    assert [one["weight_kg"] for one in weights if one["measured_at"] == "2026-01-08"] == [4.2]

    rows(host)[2].find_element(By.XPATH, ".//button[.='Undo']").click()
    assert host.answered(mai)[0] == "delete_record"
    host.until("Taken back")
    host.told('"state":"undone"')
    left = mai.call("list_weights", pet_id=cat["id"]).content["weights"]
    assert "2026-01-08" not in [one["measured_at"] for one in left]


def test_what_record_many_asks_stays_in_the_table(host: Host, mai: Mcp) -> None:
    cat = cat_of(mai)
    reviewed(host, mai, card_of(cat)[1:2])
    entered(host, 0, "Day", "2099-01-08")
    host.press("Save (1)")
    host.answered(mai)

    host.until("Saved: 0. Not saved: 1.")
    field = rows(host)[0].find_element(By.CSS_SELECTOR, "[aria-invalid]")
    assert field.get_attribute("aria-label") == "Day, 1"
    assert host.driver.execute_script("return document.activeElement.getAttribute('role')") == "status"


def test_a_question_is_answered_by_a_tap(host: Host, mai: Mcp) -> None:
    cat = cat_of(mai)
    reviewed(host, mai, card_of(cat)[2:3])

    host.press("It is right")
    host.press("Save (1)")
    _called, given = host.answered(mai)

    assert given["records"][0]["again"] is True
    host.until("Saved: 1. Not saved: 0.")


def test_a_kind_of_visit_that_nobody_has_read_is_none_until_it_is_chosen(host: Host, mai: Mcp) -> None:
    cat = cat_of(mai)
    reviewed(host, mai, [{"kind": "medical_record", "pet_id": cat["id"], "record_date": "2026-01-08"}])

    kind = Select(rows(host)[0].find_element(By.CSS_SELECTOR, "select"))
    assert kind.first_selected_option.text == ""
    kind.select_by_value("checkup")
    host.press("Save (1)")

    assert host.answered(mai)[1]["records"][0]["record_type"] == "checkup"


def test_what_is_there_already_is_not_ticked(host: Host, mai: Mcp) -> None:
    cat = cat_of(mai)
    card = card_of(cat)[1:2]
    mai.call("record_many", records=card)

    reviewed(host, mai, card)

    assert "Is there already" in rows(host)[0].text
    assert not host.driver.find_element(By.CSS_SELECTOR, "button.main").is_enabled()


def test_a_save_that_fails_keeps_what_was_corrected(host: Host, mai: Mcp) -> None:
    cat = cat_of(mai)
    reviewed(host, mai, card_of(cat)[1:2])
    entered(host, 0, "What", "Chlamydia felis")
    mai.sandbox.faults.add(outage=True, retry_after=9)

    host.press("Save (1)")
    host.answered(mai)

    host.until("Not saved yet")
    field = rows(host)[0].find_element(By.CSS_SELECTOR, "[aria-label^='What']")
    assert field.get_attribute("value") == "Chlamydia felis"
