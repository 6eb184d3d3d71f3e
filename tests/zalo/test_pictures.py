"""A picture that was sent on Zalo: offered a place, fetched from Zalo's hosts alone, kept where the person says (zalo-api.md §2.3)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from chat.models import Remembered
from chat.zalo.models import Account, Event, Sender
from sandbox.server import SandboxServer
from sandbox.zalo.official import message_event
from sandbox.zalo.server import ZaloServer
from tests.chat.conftest import talk  # noqa: F401 - the fixture
from tests.files.conftest import authority, file_host, names  # noqa: F401 - fixtures
from tests.files.file_host import NAME, FileHost
from tests.files.samples import corners, saved
from tests.zalo.conftest import Webhook

pytestmark = pytest.mark.once

Link = Callable[..., Sender]


@pytest.fixture
def host(file_host: FileHost, settings: Settings) -> FileHost:  # noqa: F811
    """One of Zalo's, and none of ChatGPT's."""
    settings.ZALO_PICTURE_HOSTS = [f"{NAME}:{file_host.port}"]
    settings.FILE_DOWNLOAD_HOSTS = ["files.oaiusercontent.com"]
    settings.FILE_DOWNLOAD_PRIVATE_ADDRESSES = True
    settings.FILE_DOWNLOAD_CA_FILE = str(file_host.authority.file)
    file_host.serve("/photo", saved(corners(), "JPEG"))
    file_host.serve("/text", b"just words")
    file_host.serve("/gone", b"", status=404)
    return file_host


class Chat:
    """Mai: `chat.shows("/photo")` and `chat.says("1")` give what the service answered."""

    def __init__(self, zalo: ZaloServer, webhook: Webhook, host: FileHost, sandbox: SandboxServer) -> None:
        self.zalo, self.webhook, self.host, self.sandbox = zalo, webhook, host, sandbox

    def shows(self, path: str, *, caption: str = "", url: str = "", scheme: str = "https") -> str:
        url = url or f"{scheme}://{NAME}:{self.host.port}{path}"
        world = self.zalo.world
        line = world.write(self.zalo.chat("mai"), "person", caption, picture=url)
        return self._answer(message_event(world, world.oa, world.people["mai"], caption, line.id, url))

    def says(self, text: str) -> str:
        return self._answer(self.webhook.event(text))

    def _answer(self, event: dict[str, Any]) -> str:
        before = len(self.zalo.answers("mai"))
        assert self.webhook.post(event).status_code == 200
        (told,) = self.zalo.answers("mai")[before:]
        return told

    def photos(self, name: str) -> int:
        return len(self.sandbox.world.pet(name).photos)


@pytest.fixture
def chat(zalo: ZaloServer, webhook: Webhook, host: FileHost, sandbox: SandboxServer) -> Chat:
    return Chat(zalo, webhook, host, sandbox)


@pytest.fixture
def signed_in_as(oa: Account, zalo: ZaloServer, talk: Callable[..., Any]) -> Callable[[str], Sender]:  # noqa: F811
    """Mai of Zalo is this person of the main app."""

    def link(key: str) -> Sender:
        connection = talk(key, language="vi").connection
        sender_id = zalo.person_id("mai")
        return Sender.objects.create(account=oa, sender_id=sender_id, connection=connection, linked_at=timezone.now())

    return link


def test_nothing_is_kept_before_it_is_said_whose_it_is(chat: Chat, linked: Link) -> None:
    linked("mai")

    told = chat.shows("/photo")

    assert told.startswith("Đây là ảnh của bé nào ạ?")
    assert "1. Mun\n2. Míu\n3. Mướp\n4. Vàng\n5. Giấy tờ" in told
    assert "Để sau" in told
    assert chat.host.requests == []
    assert chat.photos("Mướp") == 0


def test_it_says_that_a_card_is_not_read_here(chat: Chat, linked: Link) -> None:
    linked("mai")

    told = chat.shows("/photo")

    assert "không đọc được chữ" in told
    assert "ChatGPT hay Claude" in told


@pytest.mark.parametrize("answer", ["3", "Mướp", "muop"])
def test_a_photo_goes_on_the_pet_that_is_chosen(chat: Chat, linked: Link, answer: str) -> None:
    linked("mai")
    chat.shows("/photo")

    told = chat.says(answer)

    assert told.startswith("Đã lưu hình vào hồ sơ của Mướp")
    assert "Ai biết địa chỉ của hình đều mở được" in told
    assert (chat.photos("Mướp"), chat.photos("Míu")) == (1, 1)


@pytest.mark.parametrize("answer", ["đúng", "1", "Đúng, ảnh của Mướp"])
def test_a_name_beside_it_says_whose_it_is(chat: Chat, linked: Link, answer: str) -> None:
    linked("mai")

    told = chat.shows("/photo", caption="Mướp")

    assert told.startswith("Đây là ảnh của Mướp ạ?")
    assert chat.says(answer).startswith("Đã lưu hình")
    assert chat.photos("Mướp") == 1


@pytest.mark.parametrize("answer", ["Để sau", "không", "6"])
def test_not_now_keeps_nothing(chat: Chat, linked: Link, answer: str) -> None:
    linked("mai")
    chat.shows("/photo")

    chat.says(answer)

    assert chat.host.requests == []
    assert not Remembered.objects.exists()


def test_another_wish_lets_it_go(chat: Chat, linked: Link) -> None:
    linked("mai")
    chat.shows("/photo")

    chat.says("danh sách")

    chat.says("1")
    assert chat.host.requests == []


def test_a_paper_goes_with_a_record(chat: Chat, linked: Link) -> None:
    linked("mai")
    chat.shows("/photo", caption="Míu")

    which = chat.says("2")
    told = chat.says("Dại" if "Dại," not in which else next(line[3:] for line in which.splitlines() if "Dại" in line))

    assert which.startswith("Đính hình vào mục nào của Míu")
    assert "Tẩy giun" in which
    assert told.startswith("Đã lưu hình")
    (shot,) = chat.sandbox.world.pet("Míu").vaccinations
    assert shot.photo is not None
    assert chat.photos("Míu") == 1


def test_a_paper_of_a_pet_without_records_has_no_place(chat: Chat, linked: Link) -> None:
    linked("mai")
    chat.shows("/photo")

    assert chat.says("Giấy tờ (sổ tiêm, kết quả khám)").startswith("Giấy tờ của bé nào ạ?")
    assert chat.says("Mướp").startswith("Mướp chưa có mũi tiêm")
    assert chat.host.requests == []


def test_a_second_paper_of_a_vaccination_asks_first(chat: Chat, linked: Link) -> None:
    linked("mai")
    for _ in range(2):
        chat.shows("/photo", caption="Míu")
        which = chat.says("2")
        told = chat.says(next(line[3:] for line in which.splitlines() if "Dại" in line))

    assert told.startswith("Mục này đã có hình")
    assert chat.says("1").startswith("Đã lưu hình")


def test_a_wish_beside_it_is_done_and_the_picture_left(chat: Chat, linked: Link) -> None:
    linked("mai")

    told = chat.shows("/photo", caption="Mướp 4,2 kg")

    assert told.startswith("Đã ghi: Mướp nặng 4,2 kg")
    assert "hình thì mình chưa lưu" in told
    assert chat.host.requests == []


def test_words_that_are_not_understood_are_said_to_be(chat: Chat, linked: Link) -> None:
    linked("mai")

    told = chat.shows("/photo", caption="Mướp tăng 200 g hôm qua đấy")

    assert told.startswith("Mình chưa hiểu phần chữ")
    assert "Đây là ảnh của bé nào ạ?" in told


def test_a_plain_address_is_asked_over_https(chat: Chat, linked: Link) -> None:
    linked("mai")
    chat.shows("/photo", scheme="http", caption="Mướp")

    assert chat.says("1").startswith("Đã lưu hình")
    assert chat.host.connections == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://files.oaiusercontent.com/x",
        "https://evil.example/photo.jpg",
        "https://zdn.vn.evil.example/x",
        "https://evil.example/#.zdn.vn",
        "https://photo.zdn.vn@evil.example/x",
        "https://photo.zdn.vn:8443/x",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "ftp://photo.zdn.vn/x",
        "//photo.zdn.vn/x",
        "not an address",
        "",
    ],
)
def test_what_lies_elsewhere_is_not_even_offered(chat: Chat, linked: Link, settings: Settings, url: str) -> None:
    settings.ZALO_PICTURE_HOSTS = ["*.zdn.vn"]
    linked("mai")

    told = chat.shows("", url=url or "x")

    assert told.startswith("Mình không dùng được tệp này")
    assert Event.objects.get().outcome == "not_understood"
    assert not Remembered.objects.exists()


def test_a_name_that_leads_into_our_network_is_not_asked(
    chat: Chat,
    linked: Link,
    settings: Settings,
    names: Any,  # noqa: F811
) -> None:
    """DNS may say anything of a host that is on the list (docs/security.md)."""
    settings.FILE_DOWNLOAD_PRIVATE_ADDRESSES = False
    linked("mai")
    chat.shows("/photo", caption="Mướp")

    told = chat.says("1")

    assert told.startswith(("Mình không dùng được tệp này", "Mình không lấy được hình"))
    assert chat.host.connections == 0


@pytest.mark.parametrize(
    ("path", "says"), [("/text", "Mình không dùng được tệp này"), ("/gone", "Mình không lấy được hình này từ Zalo")]
)
def test_what_is_no_picture_or_gone_is_said_so(chat: Chat, linked: Link, path: str, says: str) -> None:
    linked("mai")
    chat.shows(path, caption="Mướp")

    assert chat.says("1").startswith(says)
    assert chat.photos("Mướp") == 0


def test_too_large_a_picture_is_refused(chat: Chat, linked: Link, settings: Settings) -> None:
    settings.FILE_MAX_DOWNLOAD_BYTES = 100
    linked("mai")
    chat.shows("/photo", caption="Mướp")

    assert chat.says("1").startswith("Mình không dùng được tệp này")


def test_with_many_pets_the_name_is_written(chat: Chat, signed_in_as: Callable[[str], Sender]) -> None:
    signed_in_as("sonya")

    told = chat.shows("/photo")

    assert "2." in told
    assert "3." not in told
    assert chat.says("Cat 12").startswith("Đã lưu hình vào hồ sơ của Cat 12")


def test_a_pet_that_died_may_be_named_too(chat: Chat, linked: Link) -> None:
    linked("mai")

    assert "Bông" not in chat.shows("/photo")
    assert chat.says("Bông").startswith("Đã lưu hình vào hồ sơ của Bông")


def test_without_pets_there_is_no_place(chat: Chat, signed_in_as: Callable[[str], Sender]) -> None:
    signed_in_as("noah")

    assert chat.shows("/photo").startswith("Bạn chưa có bé nào")


def test_its_address_is_sealed_and_goes(chat: Chat, linked: Link) -> None:
    linked("mai")
    chat.shows("/photo", caption="Mướp")
    assert NAME.encode() not in bytes(Remembered.objects.get().about)

    chat.says("1")

    assert not Remembered.objects.filter(kind="question").exists()
    assert not Event.objects.exclude(sealed=None).exists()
