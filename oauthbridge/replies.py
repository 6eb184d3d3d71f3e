"""What staff can send a person who asks for help: a few sentences, in each language that the pages speak, ready to be copied."""

from collections.abc import Callable
from enum import Enum

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oauthbridge.models import AuthorizationRequest
from oauthbridge.pages import Problem, in_words, in_words_of
from oauthbridge.references import LonelyPage


class Reply(Enum):
    CONNECT_AGAIN = _(
        "Your connection has ended, so the app can’t reach your pets any more. Connect it again from the app: it takes less than "
        "a minute. Nothing on Meo Mai Moi is lost."
    )
    CONNECT_CHAT = _(
        "Your Zalo account is not connected to Meo Mai Moi. Write “connect” to us on Zalo, open the link that you get and sign in: it "
        "takes less than a minute."
    )
    WORKS = _(
        "Your connection works on our side. Please try again; if it fails once more, send us the reference that the app shows."
    )
    ANSWER = _("The app needs one more detail before it can save anything. Answer what it asks you, and it goes on.")
    SAVED_ONCE = _(
        "The app sent the same thing twice, and it is saved once. Nothing is doubled, and you need not do anything."
    )
    SAVED = _("It is saved. You can look at it on Meo Mai Moi, and change or delete it there or from the app.")
    TAKEN_BACK = _("It was deleted, as the app asked. If you did not mean that, tell the app what to enter again.")
    LATER = _(
        "Meo Mai Moi did not answer in time just then. Nothing is wrong with your account; please try again in a few minutes."
    )
    LOOK_FIRST = _(
        "We could not see whether it was saved. Please look at your pet on Meo Mai Moi first, and enter it again only if it is missing."
    )
    DAILY_LIMIT = _("Your daily limit on Meo Mai Moi is reached. It works again tomorrow.")
    A_MINUTE = _("There were too many requests within a minute. Please wait a moment and try again.")
    OTHERWISE = _(
        "The app sent something that could not be used. Please say it again in other words, with the pet’s name and the date."
    )
    NOT_ALLOWED = _("Your account on Meo Mai Moi does not allow this for this pet. Its owner can change that there.")
    OUR_FAULT = _(
        "Something went wrong on our side, and we are looking at it. Please try again later. Your pets’ records are safe."
    )


def in_each_language(reply: Reply) -> list[tuple[str, str, str]]:
    """(code, the language's own name, the text) of each."""
    value: Promise = reply.value
    return [_in(code, lambda: str(value)) for code, _name in settings.LANGUAGES]


def about_sign_in(sign_in: AuthorizationRequest) -> list[tuple[str, str, str]]:
    """What the page at its end says to the person, in each language."""
    return [_in(code, lambda: in_words(sign_in)) for code, _name in settings.LANGUAGES]


def about_page(page: LonelyPage) -> list[tuple[str, str, str]]:
    """The same of a page that belongs to no sign-in."""
    if page.problem not in set(Problem):
        return in_each_language(Reply.OUR_FAULT)
    return [_in(code, lambda: in_words_of(Problem(page.problem), page.door)) for code, _name in settings.LANGUAGES]


def _in(code: str, text: Callable[[], str]) -> tuple[str, str, str]:
    with translation.override(code):
        return code, str(translation.get_language_info(code)["name_local"]), text()
