"""From a message on Zalo to somebody's pets, and back again: links, pages, the end of it."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from chat.languages import language
from chat.zalo import linking
from chat.zalo.models import LinkOffer, Sender
from oauthbridge import connections
from oauthbridge.models import Application, AuthorizationRequest, Connection, PendingRevocation
from oauthbridge.tokens import digest
from petstools import retention
from petstools.models import ToolCall
from sandbox.server import SandboxServer
from tests.oauth import test_own_connections as own
from tests.oauth.sign_ins import nobody_connected
from tests.pages.walking import LANGUAGES, Page
from tests.playing import Connector, Person
from tests.zalo.chatting import Chat, last_page, press, words
from tests.zalo.conftest import Webhook

pytestmark = pytest.mark.django_db(transaction=True)

Open = Callable[..., Person]


@pytest.fixture
def chat(webhook: Webhook, connector: Connector) -> Chat:
    return Chat(webhook)


def vietnamese(key: str, **facts: str) -> str:
    return language("vi").say(key, **facts)


# --- The way through -----------------------------------------------------------------------------


def test_a_first_message_leads_through_our_pages_to_the_pets(chat: Chat, person: Open) -> None:
    mai = person("mai")
    told = chat.say("chào bạn")
    assert "/zalo/link/" in told
    assert "Đừng gửi cho ai" in told
    link = told[told.index("http") :].split()[0]

    first = mai.open(link)
    assert "The Zalo account that calls itself Mai Nguyễn asked for this" in words(first)
    assert "Add, change and delete weights" in words(first)
    assert first.headers["Cache-Control"] == "no-store"
    last = last_page(mai, link)
    assert f"The Zalo account Mai Nguyễn will be able to read and change the pets of {mai.account.name}" in words(last)
    assert nobody_connected()
    done = press(mai, last)

    assert "Zalo is connected" in words(done)
    assert f'href="https://zalo.me/{chat.webhook.zalo.world.oa.id}"' in done.text
    assert chat.heard[-1] == vietnamese("zalo_connected")
    sender = Sender.objects.select_related("connection__application", "connection__user").get()
    assert sender.connection is not None
    assert sender.connection.application.door == "zalo"
    assert sender.connection.user.main_app_user_id == mai.account.id
    assert "bé" in chat.say("danh sách")
    call_command("prune", stdout=StringIO())
    assert sender.connection.open_token().reveal() in mai.main_app_tokens
    assert set(ToolCall.objects.values_list("door", flat=True)) <= {"zalo"}


def test_only_a_digest_of_the_link_is_stored_and_no_log_has_it(
    chat: Chat, person: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    link = chat.link()
    token = link.rpartition("/")[2]
    mai = person("mai")
    press(mai, last_page(mai, link))

    assert LinkOffer.objects.get().digest == digest(token)
    assert len(token) >= 43
    assert token not in caplog.text
    assert "Mai" not in caplog.text


def test_repeated_messages_get_the_same_advice_and_no_more_links(chat: Chat, travel: Callable[..., None]) -> None:
    first = chat.link("xin chào")
    for text in ("kết nối", "kết nối", "Míu 4,2 kg"):
        told = chat.say(text)
        assert "http" not in told
        assert "liên kết mình đã gửi ở trên" in told
    assert LinkOffer.objects.count() == 1

    travel(minutes=10, seconds=1)

    assert chat.link() != first
    assert LinkOffer.objects.count() == 2


def test_a_link_that_a_dead_worker_never_sent_is_made_anew(chat: Chat) -> None:
    chat.link()
    sender = Sender.objects.get()
    waiting = sender.events.get()
    waiting.attempts, sender.connection = 2, None
    waiting.seal("kết nối")

    assert "/zalo/link/" in linking.unlinked(sender, waiting)
    assert LinkOffer.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "code"), [("connect", "en"), ("подключить", "ru"), ("підключити", "uk"), ("kết nối", "vi"), ("xyz", "vi")]
)
def test_it_answers_in_the_language_of_the_word(chat: Chat, text: str, code: str) -> None:
    told = chat.say(text)

    assert told.startswith(language(code).say("zalo_link", link="\n").partition("\n")[0])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_page_speaks_the_language_that_is_chosen(chat: Chat, person: Open, lang: str) -> None:
    mai = person("mai")
    link = chat.link()
    pages = [mai.open(f"{link}?lang={lang}")]
    last = last_page(mai, link)
    pages.append(mai.open(f"{last.url}&lang={lang}"))
    done = press(mai, last)
    pages.append(mai.open(f"{done.url}&lang={lang}"))

    for page in pages:
        assert page.status_code == 200
        assert Page(page.text).language == page.headers["Content-Language"] == lang
        assert "Mai Nguyễn" in page.text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Mai <b>N</b>", "Mai &lt;b&gt;N&lt;/b&gt;"),
        ("\u202ereversed", "reversed"),
        ("M" * 200, "M" * 60),
        ("two\nlines", "two lines"),
    ],
)
def test_a_strangers_name_is_made_fit_for_people(chat: Chat, person: Open, name: str, shown: str) -> None:
    chat.is_called(name)

    page = person("mai").open(chat.link())

    assert f'<bdi translate="no">{shown}</bdi>' in page.text


def test_a_name_that_zalo_does_not_tell_is_not_made_up(chat: Chat, person: Open) -> None:
    chat.webhook.zalo.faults.add(path="/user/detail", error=-213)
    mai = person("mai")
    link = chat.link()

    assert "whose name Zalo did not tell us" in words(mai.open(link))
    last = last_page(mai, link)
    assert "an account whose name Zalo did not tell us" in words(last)
    assert "Zalo is connected" in words(press(mai, last))


# --- What a link is worth ------------------------------------------------------------------------


def test_looking_uses_nothing_up(chat: Chat, person: Open, connector: Connector) -> None:
    link = chat.link()
    for _ in range(3):
        assert connector.get(link).status_code == 200
        assert connector.http.head(link).status_code == 200
    assert LinkOffer.objects.get().used_at is None
    assert not AuthorizationRequest.objects.exists()

    mai = person("mai")
    assert "Zalo is connected" in words(press(mai, last_page(mai, link)))


def test_a_button_pressed_twice_is_one_sign_in(chat: Chat, person: Open) -> None:
    mai = person("mai")
    page = mai.open(chat.link())

    first, second = press(mai, page), press(mai, page)

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert AuthorizationRequest.objects.count() == 1


def test_who_did_not_ask_for_it_burns_the_link(chat: Chat, person: Open) -> None:
    mai = person("mai")
    link = chat.link()

    answered = press(mai, mai.open(link), "cancel")

    assert "You said no" in words(answered)
    assert "write “connect” in Zalo" in words(answered)
    assert "already used" in words(mai.open(link))
    assert nobody_connected()
    assert chat.link() != link, "whoever did ask gets another"


def test_who_says_no_at_the_end_leaves_no_token_alive(chat: Chat, person: Open) -> None:
    mai = person("mai")
    last = last_page(mai, chat.link())
    assert len(mai.main_app_tokens) == 1

    assert "You said no" in words(press(mai, last, "cancel"))

    assert mai.main_app_tokens == []
    assert nobody_connected()
    assert "You said no" in words(mai.open(str(last.url)))
    assert "/zalo/link/" in chat.say("danh sách")


def test_the_page_at_the_end_says_the_same_when_it_is_opened_again_later(
    chat: Chat, person: Open, travel: Callable[..., None]
) -> None:
    mai = person("mai")
    done = chat.connect(mai)
    travel(minutes=30)

    assert words(mai.open(str(done.url))) == words(done)
    connections.end(Connection.objects.get().pk, Connection.EndReason.PERSON)
    assert mai.open(str(done.url)).status_code == 400


def test_who_never_answers_the_last_page_leaves_no_token_alive(
    chat: Chat, person: Open, travel: Callable[..., None]
) -> None:
    mai = person("mai")
    last = last_page(mai, chat.link())

    travel(minutes=12, seconds=1)
    call_command("retry_revocations", stdout=StringIO())

    assert mai.main_app_tokens == []
    assert "That took a little too long" in words(press(mai, last))
    assert nobody_connected()


def test_while_the_main_app_is_away_the_last_question_waits(
    chat: Chat, person: Open, sandbox: SandboxServer, settings: Any
) -> None:
    settings.MAIN_APP_BREAKER_FAILURES = 0
    mai = person("mai")
    last = last_page(mai, chat.link())
    sandbox.faults.add(outage=True, path="/users/me")
    for page in (mai.open(str(last.url)), press(mai, last)):
        assert page.status_code == 503
        assert "Meo Mai Moi is not answering" in words(page)
    sandbox.faults.clear()

    assert "Zalo is connected" in words(press(mai, mai.open(str(last.url))))


def test_while_the_client_is_disabled_nobody_is_connected(chat: Chat, person: Open) -> None:
    mai, link = person("mai"), chat.link()
    last = last_page(mai, link)
    Application.objects.filter(client_id="zalo").update(disabled_at=timezone.now())

    assert "paused" in words(press(mai, last))
    assert mai.main_app_tokens == []
    assert nobody_connected()
    assert chat.say("kết nối") == vietnamese("zalo_paused")


# --- Ending --------------------------------------------------------------------------------------


def ended() -> Connection:
    return Connection.objects.order_by("created_at").get()


def test_disconnecting_asks_once_and_ends_it_here_and_there(chat: Chat, person: Open) -> None:
    mai = person("mai")
    chat.connect(mai)

    asked = chat.say("ngắt kết nối")
    assert ended().is_active
    assert vietnamese("disconnect_first") in asked
    assert chat.say("đúng") == vietnamese("disconnected")

    assert (ended().status, ended().end_reason) == ("ended", "person")
    assert mai.main_app_tokens == []
    told = chat.say("danh sách")
    assert told.startswith(vietnamese("zalo_link_again", link="\n").partition("\n")[0])
    mai2 = person("mai")
    assert "Zalo is connected" in words(press(mai2, last_page(mai2, told[told.index("http") :].split()[0])))
    assert "bé" in chat.say("danh sách")


def test_while_the_main_app_is_away_it_ends_here_and_is_revoked_later(
    chat: Chat, person: Open, sandbox: SandboxServer
) -> None:
    mai = person("mai")
    chat.connect(mai)
    chat.say("ngắt kết nối")
    row = ended()
    sandbox.faults.add(outage=True, path="/gpt-auth/revoke")
    connections.end(row.pk, Connection.EndReason.PERSON)
    assert PendingRevocation.objects.get().attempts == 1
    sandbox.faults.clear()

    call_command("retry_revocations", "--all", stdout=StringIO())

    assert mai.main_app_tokens == []


def test_a_token_that_the_main_app_has_ended_gets_a_link_at_once(
    chat: Chat, person: Open, sandbox: SandboxServer
) -> None:
    mai = person("mai")
    chat.connect(mai)
    for token in sandbox.world.tokens_of(mai.account):
        sandbox.world.revoke(token.plaintext)

    told = chat.say("danh sách")

    assert told.startswith(vietnamese("zalo_link_again", link="\n").partition("\n")[0])
    assert (ended().status, ended().end_reason) == ("broken", "token_refused")


@pytest.mark.parametrize("reason", ["staff", "person", "idle"])
def test_ended_elsewhere_the_chat_says_so_with_the_way_back(chat: Chat, person: Open, reason: str) -> None:
    chat.connect(person("mai"))
    connections.end(ended().pk, Connection.EndReason(reason))

    assert chat.say("Míu 4,2 kg").startswith(vietnamese("zalo_link_again", link="\n").partition("\n")[0])


def test_unfollowing_sends_nothing_and_following_again_finds_everything(
    chat: Chat, person: Open, travel: Callable[..., None]
) -> None:
    chat.connect(person("mai"))
    heard = list(chat.heard)
    chat.webhook.follow(follows=False)
    travel(days=29)
    assert sum(count for _what, count in retention.prune(timezone.now()) if _what == retention.ENDED) == 0
    assert chat.heard == heard

    chat.webhook.zalo.world.pass_time(29 * 86_400_000)
    chat.webhook.follow()

    assert ended().is_active
    assert Sender.objects.get().unfollowed_at is None


def test_unfollowed_for_thirty_days_it_ends(chat: Chat, person: Open, travel: Callable[..., None]) -> None:
    mai = person("mai")
    chat.connect(mai)
    chat.webhook.follow(follows=False)
    travel(days=30, minutes=1)

    assert retention.past_their_time(timezone.now())[retention.ENDED] == 1
    call_command("prune", stdout=StringIO())

    assert (ended().status, ended().end_reason) == ("ended", "unfollowed")
    assert mai.main_app_tokens == []


# --- Where else it is seen -----------------------------------------------------------------------


def test_the_page_of_connections_names_the_account_and_ends_it(chat: Chat, person: Open) -> None:
    mai = person("mai")
    chat.connect(mai)

    page = own.signed_in(mai)
    assert "Zalo: Mai Nguyễn" in own.said(page)
    own.send(mai, do="end", **own.fields(page)[0])

    assert ended().end_reason == "person"
    assert "/zalo/link/" in chat.say("danh sách")


def test_forgetting_a_person_takes_what_zalo_calls_them(chat: Chat, person: Open) -> None:
    mai = person("mai")
    chat.connect(mai)

    call_command("forget_person", str(mai.account.id), "--yes", stdout=StringIO())

    assert not Sender.objects.exists()
    assert nobody_connected()


def test_what_the_pages_cost(chat: Chat, person: Open, sandbox: SandboxServer) -> None:
    mai = person("mai")
    link = chat.link()
    before = len(sandbox.requests)
    mai.open(link)
    assert len(sandbox.requests) == before, "a preview asks the main app nothing"
    last = last_page(mai, link)
    ours = [one for one in list(sandbox.requests)[before:] if one.method == "GET" and one.path == "/api/users/me"]
    assert len(ours) == 1, "who it is"
    before = len(sandbox.requests)

    press(mai, last)

    assert [one.path for one in list(sandbox.requests)[before:]] == ["/api/users/me"]


# --- Attacks -------------------------------------------------------------------------------------


class TestAttacks:
    """RFC 10027 (cross-device flows): somebody is talked into signing in for another one's device, here another one's Zalo."""

    def test_rfc10027_the_page_names_the_account_that_would_see_the_pets(self, chat: Chat, person: Open) -> None:
        """An attacker sends a victim his own link. Nothing but the victim can tell; so each page says whose account it is."""
        victim, mallory = person("mai"), Chat(chat.webhook, by="olga")
        mallory.is_called("Mallory")
        link = mallory.link()

        first = words(victim.open(link))
        last = last_page(victim, link)

        assert "calls itself Mallory" in first
        assert "If somebody sent you the link, it is theirs: they would see and change your pets." in first
        assert "The Zalo account Mallory will be able to read and change the pets of" in words(last)
        press(victim, last, "cancel")
        assert victim.main_app_tokens == []
        assert nobody_connected()

    def test_rfc10027_a_link_opened_in_another_browser_half_way_is_refused(
        self, chat: Chat, person: Open, sandbox: SandboxServer
    ) -> None:
        mallory, victim = person("noah"), person("mai")
        page = mallory.open(chat.link())

        forged = press(victim, page)
        assert "Finish where you began" in words(forged), "the form of one browser serves in no other"
        url = press(mallory, page).headers["Location"]
        assert "already used" in words(victim.open(str(page.url)))
        back = victim.open(victim.agree(url))

        assert "Almost done: go on where you began" in back.text
        assert sandbox.requests.of("POST", "/api/gpt-auth/exchange") == []
        assert nobody_connected()

    def test_two_browsers_that_were_shown_one_link_are_not_one_sign_in(self, chat: Chat, person: Open) -> None:
        mai, mallory = person("mai"), person("noah")
        link = chat.link()
        shown, shown_too = mai.open(link), mallory.open(link)

        assert press(mai, shown).status_code == 303
        assert "already used" in words(press(mallory, shown_too))

    def test_rfc10027_the_last_page_of_another_browser_is_refused(self, chat: Chat, person: Open) -> None:
        mai, mallory = person("mai"), person("noah")
        last = last_page(mai, chat.link())
        mallory.open(f"{mai.connector.url}/zalo/link/x")

        for page in (mallory.open(str(last.url)), press(mallory, last)):
            assert "Finish where you began" in words(page)
        assert nobody_connected()
        assert "Zalo is connected" in words(press(mai, last))

    @pytest.mark.parametrize("page", ["first", "last"])
    @pytest.mark.parametrize("how", ["no token", "another token", "another site", "no answer"])
    def test_rfc9700_4_7_a_forged_form_goes_nowhere(self, chat: Chat, person: Open, page: str, how: str) -> None:
        mai = person("mai")
        link = chat.link()
        shown = mai.open(link) if page == "first" else last_page(mai, link)
        changes = {
            "no token": {"token": ""},
            "another token": {"token": "0" * 64},
            "another site": {"origin": "https://evil.example"},
            "no answer": {"answer": "perhaps"},
        }[how]
        answer = changes.pop("answer", "agree")

        answered = press(mai, shown, answer, **changes)

        assert answered.status_code == 400
        assert nobody_connected()
        if page == "first":
            assert LinkOffer.objects.get().used_at is None
        else:
            assert len(mai.main_app_tokens) == 1

    @pytest.mark.parametrize("how", ["unknown", "old", "used"])
    def test_a_link_that_serves_no_more_says_so(
        self, chat: Chat, person: Open, travel: Callable[..., None], how: str
    ) -> None:
        mai, link = person("mai"), chat.link()
        page = mai.open(link)
        title = {
            "unknown": "This link does not work",
            "old": "That took a little too long",
            "used": "This sign-in link was already used",
        }[how]
        if how == "unknown":
            link = f"{mai.connector.url}/zalo/link/{'x' * 43}"
        elif how == "old":
            travel(minutes=10, seconds=1)
        else:
            press(mai, last_page(mai, link), "cancel")

        assert title in words(mai.open(link))
        if how != "unknown":
            assert title in words(press(mai, page))
        assert nobody_connected()

    def test_another_senders_link_ties_that_sender_alone(self, chat: Chat, person: Open) -> None:
        other = Chat(chat.webhook, by="olga")
        chat.link()

        other.connect(person("noah"))

        senders = dict(Sender.objects.values_list("sender_id", "connection"))
        assert senders[chat.sender_id] is None
        assert senders[other.sender_id] is not None
        assert "liên kết mình đã gửi ở trên" in chat.say("danh sách")

    def test_connected_meanwhile_it_is_not_connected_to_somebody_else(
        self, chat: Chat, person: Open, travel: Callable[..., None]
    ) -> None:
        mai, noah = person("mai"), person("noah")
        first = chat.link()
        slow = last_page(noah, first)
        chat.connect(mai)

        answered = press(noah, slow)

        assert "This Zalo account is connected already" in words(answered)
        assert noah.main_app_tokens == []
        assert Connection.objects.get().user.main_app_user_id == mai.account.id

    def test_two_confirmations_at_once_make_one_connection(self, chat: Chat, person: Open) -> None:
        mai = person("mai")
        last = last_page(mai, chat.link())
        with ThreadPoolExecutor(4) as pool:
            pages = list(pool.map(lambda _: press(mai, last), range(4)))

        assert all(page.status_code in (200, 400) for page in pages)
        assert Connection.objects.count() == 1
        assert len(mai.main_app_tokens) == 1
        assert chat.heard.count(vietnamese("zalo_connected")) == 1

    def test_the_pages_are_counted_by_address(self, chat: Chat, connector: Connector, settings: Any) -> None:
        link = chat.link()
        settings.AUTHORIZE_LIMIT_PER_MINUTE = 2

        answers = [connector.get(link).status_code for _ in range(3)]

        assert answers == [200, 200, 429]

    def test_no_page_may_be_framed_or_run_a_script(self, chat: Chat, person: Open) -> None:
        mai = person("mai")
        link = chat.link()
        pages = [mai.open(link), last_page(mai, link)]
        pages.append(press(mai, pages[-1]))
        for page in pages:
            policy = page.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "script" not in policy
            assert page.headers["Referrer-Policy"] == "strict-origin"
