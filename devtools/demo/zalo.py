"""Mai, who has no assistant: she writes to an Official Account on Zalo, signs in once, and the conversation without a model answers."""

import json
import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

from devtools.demo.connecting import connect_pressed, sign_in
from devtools.demo.stage import TIMEOUT, Stage, Step, expect, json_object

PERSON = "mai"


def grant(stage: Stage) -> None:
    """An administrator of the Official Account agrees that it may answer: manage.py zalo_oa link, zalo_oa grant."""
    link = stage.processes.manage("zalo_oa", "link").strip()
    expect(link.startswith(f"{stage.zalo}/v4/oa/permission?"), "the link does not lead to Zalo's page")
    agreed = requests.post(link, timeout=TIMEOUT, allow_redirects=False)
    back = agreed.headers["Location"]
    stage.secret_scan.learn_address("Zalo's grant", back)
    stage.processes.manage("zalo_oa", "grant", back)
    state = json.loads(stage.processes.manage("zalo_oa", "--json"))
    expect(state[0]["can_send"] is True, "the account can't send after its grant")


def bot(stage: Stage) -> None:
    """A bot beside it: manage.py zalo_bot --webhook."""
    webhook = json.loads(stage.processes.manage("zalo_bot", "--webhook", f"{stage.connector}/zalo/bot", "--json"))
    expect(webhook["webhook_is_ours"] is True, "the bot's events go elsewhere")
    (answer,) = says(stage, "xin chào", to="bot")
    _link_in(stage, answer)


def link(stage: Stage) -> None:
    """Mai writes "kết nối", opens the link, signs in on Meo Mai Moi, and says that she is both."""
    browser = stage.shown(requests.Session(), "Mai's browser")
    (answer,) = says(stage, "kết nối", shown=True)
    address = _link_in(stage, answer)
    page = _form(browser.get(address, timeout=TIMEOUT))
    expect("Mai Nguyễn" in page.text, "the page does not say which Zalo account asks")
    consent = _pressed(stage, browser, address, page)
    people = requests.get(f"{stage.main_app}/__sandbox/people", timeout=TIMEOUT).json()["people"]
    sign_in(stage, next(one for one in people if one["key"] == PERSON), browser)
    back = browser.get(connect_pressed(stage, consent, browser), allow_redirects=False, timeout=TIMEOUT)
    last_address = urljoin(stage.connector, back.headers["Location"])
    last_page = _form(browser.get(last_address, timeout=TIMEOUT))
    _pressed(stage, browser, f"{stage.connector}/zalo/linked", last_page)
    message = _answers(stage)[-1]
    expect(message.startswith("Đã kết nối"), f"the chat does not say that it is connected: {message}")
    stage.assistant_says(message, "Zalo")


def weight(stage: Stage) -> None:
    """A weight as people type it, and its way back."""
    (answer,) = says(stage, "míu 4 ký 2", shown=True)
    expect(answer.startswith("Đã ghi: Míu nặng 4,2 kg"), "míu 4 ký 2 is not on record as 4.2 kg")
    (answer,) = says(stage, "hoàn tác", shown=True)
    expect(answer.startswith("Đã hoàn tác"), "it was not taken back")


def misleading(stage: Stage) -> None:
    """What is not understood whole is not stored."""
    (answer,) = says(stage, "míu tăng 200 g", shown=True)
    expect("chưa ghi gì cả" in answer, "a difference was taken for a weight")


def says(stage: Stage, text: str, *, to: str = "oa", shown: bool = False) -> list[str]:
    """Mai writes; what she was answered by it."""
    before = len(_answers(stage, to))
    if shown:
        stage.person_says(text, "Mai")
    sent = requests.post(f"{stage.zalo}/__zalo/say", json={"person": PERSON, "text": text, "to": to}, timeout=TIMEOUT)
    expect(sent.json()["statuses"] == [200], f"Zalo's event was not taken: {sent.text}")
    # Answered within the request here (TASK_QUEUE); a deployment has workers.
    answers = _answers(stage, to)[before:]
    for token in re.findall(r"/zalo/link/(\S+)", " ".join(answers)):
        stage.secret_scan.learn("a link for one sender", token)
    if shown:
        for answer in answers:
            stage.assistant_says(answer, "Zalo")
    return answers


def _answers(stage: Stage, to: str = "oa") -> list[str]:
    chat = requests.get(f"{stage.zalo}/__zalo/chat", params={"person": PERSON, "to": to}, timeout=TIMEOUT)
    return [line["text"] for line in json_object(chat)["lines"] if line["by"] == "service"]


def _link_in(stage: Stage, answer: str) -> str:
    link = next((word for word in answer.split() if word.startswith(f"{stage.connector}/zalo/link/")), "")
    expect(bool(link), "the answer has no link to sign in by")
    return link


class _Form(HTMLParser):
    """The hidden fields of a page's form."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.text = text
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden":
            self.fields[str(given["name"])] = str(given["value"])


def _form(page: requests.Response) -> _Form:
    expect(page.status_code == 200, f"the page answered {page.status_code}")
    return _Form(page.text)


def _pressed(stage: Stage, browser: requests.Session, address: str, page: _Form) -> str:
    """Where the page's first button leads."""
    sent = browser.post(
        address,
        data={**page.fields, "answer": "agree"},
        headers={"Origin": stage.connector},
        allow_redirects=False,
        timeout=TIMEOUT,
    )
    expect(sent.status_code == 303, f"the form answered {sent.status_code}")
    return sent.headers["Location"]


STEPS: list[Step] = [grant, bot, link, weight, misleading]
