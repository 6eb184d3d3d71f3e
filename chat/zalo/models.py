"""Who writes to us on Zalo, what waits to be answered, and what was answered and waits to be sent.

A text is sealed for its row, and goes as soon as nobody needs it: a message's when it is answered, an answer's when it is sent.
"""

import json
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.languages import CODES
from mainapp.secret import Secret
from oauthbridge.models import AuthorizationRequest, Connection
from oauthbridge.tokens import Sealed, keyring

# Zalo repeats an event that was not taken for 44 hours at most, with its old timestamp (zalo-api.md §2.1): what is older is refused,
# and no key has to be known for longer.
DUPLICATES_COME_WITHIN = timedelta(hours=48)
# Sent within so long after the last message, an answer is free; later it costs money, after a week it is refused (zalo-api.md §4.1).
WINDOW = timedelta(hours=48)


@dataclass(frozen=True)
class Tokens:
    """An Official Account's: the access token, and the refresh token that can be used once."""

    access: Secret
    refresh: Secret


class Account(models.Model):
    """An Official Account or a bot of ours. `own_id`: Zalo's number for it.

    tokens: of an Official Account (`manage.py zalo_oa`); a bot's stands in the settings. stopped_at: nothing is sent since, because
    Zalo says that the account may not (`stop_reason`, for staff); paused_until: Zalo did not answer, or had too many calls.
    """

    class Product(models.TextChoices):
        OFFICIAL_ACCOUNT = "oa", _("Official Account")
        BOT = "bot", _("bot")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    product = models.CharField(_("product"), max_length=3, choices=Product)
    own_id = models.CharField(_("id"), max_length=64)
    tokens = models.BinaryField(_("tokens, encrypted"), null=True, editable=False)
    key_id = models.CharField(_("key id"), max_length=16, blank=True, editable=False)
    refreshed_at = models.DateTimeField(_("tokens refreshed"), null=True, blank=True)
    expires_at = models.DateTimeField(_("access token expires"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    stop_reason = models.CharField(_("why stopped"), max_length=100, blank=True)
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    # What Zalo refused last for want of money or quota, which is the owner's to mend.
    quota_error = models.IntegerField(_("quota error"), null=True, blank=True)
    quota_error_at = models.DateTimeField(_("quota error at"), null=True, blank=True)

    class Meta:
        verbose_name = _("Zalo account")
        verbose_name_plural = _("Zalo accounts")
        constraints = [models.UniqueConstraint(fields=["product", "own_id"], name="zalo_account_once")]

    def __str__(self) -> str:
        return f"{self.get_product_display()} {self.own_id}"

    def seal_tokens(self, tokens: Tokens) -> None:
        """The caller saves."""
        pair = json.dumps([tokens.access.reveal(), tokens.refresh.reveal()], separators=(",", ":"))
        sealed = keyring().seal(Secret(pair), self.pk)
        self.tokens, self.key_id = sealed.data, sealed.key_id

    def open_tokens(self) -> Tokens | None:
        """None before the first grant. Raises keyring.CannotDecrypt."""
        if self.tokens is None:
            return None
        pair = keyring().open(Sealed(self.key_id, bytes(self.tokens)), self.pk).reveal()
        access, refresh = json.loads(pair)
        return Tokens(Secret(access), Secret(refresh))


class Sender(models.Model):
    """Somebody who writes to one account; the same person has another `sender_id` at another account.

    connection: whose pets are talked about, None until the person has signed in (`linking`). busy_until, busy_by: a worker answers
    this person now, and nobody else does (`work`).
    """

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="senders", verbose_name=_("Zalo account")
    )
    sender_id = models.CharField(_("id at Zalo"), max_length=64)
    display_name = models.CharField(_("name shown"), max_length=100, blank=True)
    connection = models.OneToOneField(
        Connection,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="zalo_sender",
        verbose_name=_("connection"),
    )
    language = models.CharField(_("language"), max_length=5, default="vi", choices=[(code, code) for code in CODES])
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    last_message_at = models.DateTimeField(_("last message"), null=True, blank=True)
    unfollowed_at = models.DateTimeField(_("unfollowed"), null=True, blank=True)
    linked_at = models.DateTimeField(_("connected"), null=True, blank=True)
    busy_until = models.DateTimeField(null=True, editable=False)
    busy_by = models.UUIDField(null=True, editable=False)

    class Meta:
        verbose_name = _("Zalo sender")
        verbose_name_plural = _("Zalo senders")
        constraints = [models.UniqueConstraint(fields=["account", "sender_id"], name="zalo_sender_once")]

    def __str__(self) -> str:
        return f"Zalo sender {self.pk}"


class LinkOffer(models.Model):
    """A one-time link that one sender was given to sign in by; only its token's digest is stored. sign_in: what it was used for."""

    digest = models.CharField(max_length=64, unique=True)
    sender = models.ForeignKey(Sender, on_delete=models.CASCADE, related_name="offers")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
    sign_in = models.OneToOneField(AuthorizationRequest, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("link for a Zalo sender")
        verbose_name_plural = _("links for Zalo senders")

    def __str__(self) -> str:
        return f"link {self.pk}"


class Event(models.Model):
    """Something that a person did: a message, a picture, following. key: unique in its account, as Zalo repeats events.

    sealed: what was written and the address of what was sent along, until it is answered. outcome: a word for staff.
    """

    class Kind(models.TextChoices):
        TEXT = "text", _("text")
        PICTURE = "picture", _("picture")
        OTHER = "other", _("something else")
        FOLLOW = "follow", _("follow")
        UNFOLLOW = "unfollow", _("unfollow")
        GROUP = "group", _("in a group")
        TOO_MANY = "too_many", _("too many messages")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        BEGUN = "begun", _("being answered, or its worker died")
        DONE = "done", _("done")

    class Outcome(models.TextChoices):
        ANSWERED = "answered", _("answered")
        STORED = "stored", _("stored")
        ASKED = "asked", _("asked back")
        NOT_UNDERSTOOD = "not_understood", _("not understood")
        LATE = "late", _("too late to write")
        NOT_LINKED = "not_linked", _("not connected")
        NOTHING = "nothing", _("nothing to say")
        REFUSED = "refused", _("refused by the main app")
        INTERRUPTED = "interrupted", _("interrupted: not known whether stored")
        FAILED = "failed", _("failed")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="events", verbose_name=_("Zalo account")
    )
    sender = models.ForeignKey(Sender, on_delete=models.CASCADE, related_name="events", verbose_name=_("Zalo sender"))
    key = models.CharField(_("key"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    # Where to answer, if not to the sender alone.
    chat_id = models.CharField(_("group"), max_length=64, blank=True)
    sealed = models.BinaryField(null=True, editable=False)
    key_id = models.CharField(max_length=16, blank=True, editable=False)
    sent_at = models.DateTimeField(_("sent"))
    received_at = models.DateTimeField(_("received"), default=timezone.now, db_index=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    begun_at = models.DateTimeField(_("begun"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("Zalo event")
        verbose_name_plural = _("Zalo events")
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="zalo_event_once")]
        indexes = [
            models.Index(fields=["sender", "sent_at"], name="zalo_waiting", condition=~models.Q(state="done")),
        ]

    def __str__(self) -> str:
        return f"Zalo event {self.pk}"

    @property
    def request_id(self) -> str:
        """Of its tool calls, log lines and requests to the main app."""
        return f"zalo-{self.pk}"

    def seal(self, text: str, attachment_url: str = "") -> None:
        sealed = keyring().seal_text(json.dumps([text, attachment_url]), self._about)
        self.sealed, self.key_id = sealed.data, sealed.key_id

    def open(self) -> tuple[str, str]:
        """The text, and the address of what was sent along; nothing once it is answered. Raises keyring.CannotDecrypt."""
        if self.sealed is None:
            return "", ""
        text, attachment_url = json.loads(keyring().open_text(Sealed(self.key_id, bytes(self.sealed)), self._about))
        return text, attachment_url

    @property
    def _about(self) -> str:
        return f"zalo event {self.account_id} {self.key}"


class Reply(models.Model):
    """A piece of an answer, as long as Zalo takes at once. Its text goes when it is sent or given up."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        GIVEN_UP = "given_up", _("given up")

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="replies", verbose_name=_("Zalo event"))
    part = models.PositiveSmallIntegerField(_("part"))
    sealed = models.BinaryField(null=True, editable=False)
    key_id = models.CharField(max_length=16, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    # Zalo's number; 0 where it did not answer.
    error = models.IntegerField(_("error"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("Zalo reply")
        verbose_name_plural = _("Zalo replies")
        constraints = [models.UniqueConstraint(fields=["event", "part"], name="zalo_reply_once")]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="zalo_unsent", condition=models.Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"Zalo reply {self.pk}"

    def seal(self, text: str) -> None:
        sealed = keyring().seal_text(text, self._about)
        self.sealed, self.key_id = sealed.data, sealed.key_id

    def open(self) -> str:
        """Raises keyring.CannotDecrypt."""
        return keyring().open_text(Sealed(self.key_id, bytes(self.sealed or b"")), self._about)

    @property
    def _about(self) -> str:
        return f"zalo reply {self.event_id} {self.part}"


def account(product: Account.Product, own_id: str) -> Account:
    """The row of an account of ours, made at its first event or grant."""
    row, _made = Account.objects.get_or_create(product=product, own_id=own_id)
    return row
