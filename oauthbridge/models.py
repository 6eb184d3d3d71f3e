"""Who is connected: the rows behind a connection and the rules about them (docs/security.md: what a dump reveals).

A `Connection` is one consent: a person, a client, and the main app's token for them. Every OAuth token and code belongs to
one, and dies with it.

Who locks several rows in a transaction locks the person first, then connections of theirs, then what refers to these: two that did it
the other way round would wait for each other. Only who deletes a row locks its key (all others: `no_key`): a token or a line about a
call is stored beside who ends its connection.
"""

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import (
    AbstractAccessToken,
    AbstractApplication,
    AbstractGrant,
    AbstractRefreshToken,
    ApplicationManager,
)

from mainapp.secret import Secret
from oauthbridge import client_documents, registration
from oauthbridge.redirects import is_loopback, is_registered
from oauthbridge.tokens import Sealed, digest, keyring


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """A member of staff. People of the main app come from `person()`."""
        user = self.model(username=username, is_staff=True, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(username, password, is_superuser=True, **fields)

    def person(self, main_app_user_id: int) -> "User":
        """The row of a person of the main app, made at their first sign-in."""
        user, _created = self.get_or_create(main_app_user_id=main_app_user_id, defaults={"password": "!"})
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person of the main app (`main_app_user_id`; can never log in here) or a member of staff (`username`)."""

    # Null, not empty: a person has no name here, and unique lets many rows have none only as NULL.
    username = models.CharField(_("username"), max_length=150, unique=True, null=True, blank=True)
    main_app_user_id = models.PositiveBigIntegerField(_("main app user id"), unique=True, null=True, blank=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("since"), default=timezone.now)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(
                name="user_is_person_or_staff",
                condition=Q(username__isnull=False, main_app_user_id__isnull=True)
                | Q(username__isnull=True, main_app_user_id__isnull=False, is_staff=False, is_superuser=False),
            )
        ]

    def __str__(self) -> str:
        return self.username or f"person {self.main_app_user_id}"

    def get_username(self) -> str:
        return str(self)


class Application(AbstractApplication):
    """An OAuth client (RFC 6749 §2) and the one door it may use; made by `manage.py gpt_client` and `mcp_client`."""

    class Door(models.TextChoices):
        ACTIONS = "actions", _("GPT Actions")
        MCP = "mcp", "MCP"
        # No OAuth client: a chat of ours, to which no token is ever given (`consent.begin_in_chat`).
        ZALO = "zalo", "Zalo"

    door = models.CharField(_("door"), max_length=10, choices=Door, default=Door.ACTIONS, db_default=Door.ACTIONS)
    disabled_at = models.DateTimeField(_("disabled"), null=True, blank=True)
    # The last time that its own document could not be read, and why; a reading after that leaves it standing.
    document_failed_at = models.DateTimeField(_("document not read"), null=True, blank=True)
    document_problem = models.CharField(_("why not"), max_length=200, blank=True, default="", db_default="")

    objects = ApplicationManager()

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")

    def redirect_uri_allowed(self, uri: str) -> bool:
        """As `redirects` says; django-oauth-toolkit's own check folds the host's case, and knows loopback ports for all or none."""
        return is_registered(uri, self.redirect_uris.split(), any_loopback_port=self.is_public and self.is_mcp)

    @classmethod
    def of_copy(cls, copy: dict[str, Any]) -> "Application":
        """A client that described or registered itself, not stored (yet); `copy` as `copy_of_it` made it."""
        expires = copy["expires"]
        return cls(
            client_id=copy["client_id"],
            name=copy["name"],
            redirect_uris=copy["redirect_uris"],
            registration_source=copy["source"],
            cimd_expires_at=None if expires is None else datetime.fromisoformat(expires),
            client_type=cls.CLIENT_PUBLIC,
            client_secret="",
            authorization_grant_type=cls.GRANT_AUTHORIZATION_CODE,
            door=cls.Door.MCP,
        )

    def copy_of_it(self) -> dict[str, Any]:
        """What JSON can hold of it."""
        expires = self.cimd_expires_at
        return {
            "client_id": self.client_id,
            "name": self.name,
            "redirect_uris": self.redirect_uris,
            "source": str(self.registration_source),
            "expires": None if expires is None else expires.isoformat(),
        }

    @property
    def is_public(self) -> bool:
        return bool(self.client_type == self.CLIENT_PUBLIC)

    @property
    def is_mcp(self) -> bool:
        return bool(self.door == self.Door.MCP)

    @property
    def is_chat(self) -> bool:
        return bool(self.door == self.Door.ZALO)

    @property
    def is_registered(self) -> bool:
        """Whether it registered itself (`registration`, RFC 7591)."""
        return bool(self.registration_source == self.RegistrationSource.DCR)

    @property
    def has_document(self) -> bool:
        """Whether it is known by the document its client id is the address of (`cimd`)."""
        return bool(self.registration_source == self.RegistrationSource.CIMD)

    @property
    def document_fails(self) -> bool:
        """Whether the last attempt to read its document failed. One is made when a sign-in begins with what was read being stale."""
        return bool(
            self.has_document
            and self.document_failed_at is not None
            and self.cimd_expires_at is not None
            and self.cimd_expires_at <= self.document_failed_at
        )

    @property
    def begins_until(self) -> datetime | None:
        """Until when it begins sign-ins if its document can't be read again."""
        if not self.has_document or self.cimd_expires_at is None:
            return None
        until: datetime = self.cimd_expires_at + client_documents.KEPT_WITHOUT_ANSWER
        return until

    def clean(self) -> None:
        if self.has_document:
            self.door = self.Door.MCP
        super().clean()

    def get_allowed_schemes(self) -> list[str]:
        """http as well where the address is the person's own computer (RFC 8252 §7.3)."""
        schemes = list(super().get_allowed_schemes())
        if self.is_mcp and all(is_loopback(uri) for uri in self.redirect_uris.split() if uri.startswith("http:")):
            schemes.append("http")
        return schemes

    def is_usable(self, request: Any) -> bool:
        """Asked by django-oauth-toolkit wherever a client is looked up: a disabled one is unknown to every endpoint, and so is
        one whose document's host is listed no more. One whose document can't be read for long begins no new sign-ins."""
        if self.disabled_at is not None:
            return False
        if self.is_chat:
            return False
        if self.is_registered:
            # Who is connected stays so when registering is turned off; nobody begins anew.
            return not client_documents.reading_is_allowed() or registration.is_open_to(self.redirect_uris.split())
        if not self.has_document:
            return True
        if not client_documents.accepted(self.client_id):
            return False
        if not client_documents.reading_is_allowed() or self.begins_until is None:
            return True
        return timezone.now() <= self.begins_until


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def active(self) -> Self:
        return self.filter(status=Connection.Status.ACTIVE)

    def of_client(self, user: User, application: Application) -> Self:
        return self.filter(user=user, application=application)


class Connection(models.Model):
    """One consent of one person for one client, with the encrypted Sanctum token that the main app gave for it."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        ENDED = "ended", _("ended")
        BROKEN = "broken", _("broken")

    class EndReason(models.TextChoices):
        REPLACED = "replaced", _("the person connected again")
        CLIENT_REVOKED = "client_revoked", _("the client revoked its token")
        STAFF = "staff", _("ended by staff")
        OPS = "ops", _("ended at the shell")
        TOKEN_REFUSED = "token_refused", _("the main app refused its token")
        CODE_REPLAYED = "code_replayed", _("its authorization code was used twice")
        TOKEN_REUSED = "token_reused", _("a spent refresh token was used again")
        IDLE = "idle", _("not used for too long")
        EXPIRED = "expired", _("reached its greatest age")
        NOT_REDEEMED = "not_redeemed", _("the app never fetched its tokens")
        PERSON = "person", _("ended by the person")
        UNFOLLOWED = "unfollowed", _("the person unfollowed the chat long ago")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="connections", verbose_name=_("person"))
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="connections", verbose_name=_("client")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ACTIVE)
    language = models.CharField(_("language"), max_length=5, default="en")
    # What this connection said last; null until it says one, and of rows that a version before this wrote.
    time_zone = models.CharField(_("time zone"), max_length=64, null=True, blank=True)
    sanctum_token = models.BinaryField(_("main app token, encrypted"), null=True, editable=False)
    key_id = models.CharField(_("key id"), max_length=16, blank=True, editable=False)
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    last_used_at = models.DateTimeField(_("last used"), default=timezone.now)
    expires_at = models.DateTimeField(_("greatest age"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=20, choices=EndReason, blank=True)
    # The person has not allowed this app to delete anything.
    withholds_deletion = models.BooleanField(_("without deleting"), default=False, db_default=False)
    # Made by a token of the FastAPI connector instead of a sign-in here.
    is_legacy = models.BooleanField(_("taken over from the old connector"), default=False, db_default=False)
    end_note = models.CharField(_("note"), max_length=200, blank=True)
    ended_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ended by")
    )

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        permissions = [("end_connection", "Can end connection")]
        indexes = [
            models.Index(fields=["user", "application", "status"]),
            models.Index(fields=["status", "last_used_at"]),
            models.Index(fields=["-created_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="connection_holds_token_only_while_active",
                condition=Q(status="active", sanctum_token__isnull=False, ended_at__isnull=True)
                | (~Q(status="active") & Q(sanctum_token__isnull=True, ended_at__isnull=False)),
            )
        ]

    def __str__(self) -> str:
        return f"connection {self.id}"

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE

    def seal_token(self, token: Secret) -> None:
        sealed = keyring().seal(token, self.id)
        self.sanctum_token, self.key_id = sealed.data, sealed.key_id

    def open_token(self) -> Secret:
        """The Sanctum token; only while active. Raises keyring.CannotDecrypt."""
        assert self.sanctum_token is not None  # noqa: S101 - held by the constraint above
        return keyring().open(Sealed(self.key_id, bytes(self.sanctum_token)), self.id)

    def note_use(self) -> None:
        """That it is alive: to ten minutes, as a write for every tool call would cost more than it tells."""
        now = timezone.now()
        if now - self.last_used_at >= timedelta(minutes=10):
            type(self).objects.filter(pk=self.pk).update(last_used_at=now)


class PendingRevocation(models.Model):
    """A Sanctum token that still has to be revoked in the main app; the row goes when that is done.

    It takes over the id and the ciphertext of the connection it came from, so that ending a connection needs no key.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    sanctum_token = models.BinaryField(_("main app token, encrypted"), editable=False)
    key_id = models.CharField(_("key id"), max_length=16, editable=False)
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now, db_index=True)
    last_error = models.CharField(_("last error"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("waiting revocation")
        verbose_name_plural = _("waiting revocations")

    def __str__(self) -> str:
        return f"revocation {self.id}"

    def open_token(self) -> Secret:
        """Raises keyring.CannotDecrypt."""
        return keyring().open(Sealed(self.key_id, bytes(self.sanctum_token)), self.id)


class LegacyToken(models.Model):
    """A bearer token of the FastAPI connector that was honoured here (see `legacy`): which connection its first use made."""

    # The digest of the token's own id (`jti`): the id itself would let its holder be looked up in old logs.
    jti_digest = models.CharField(max_length=64, unique=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="legacy_tokens")
    expires = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("token of the old connector")
        verbose_name_plural = _("tokens of the old connector")

    def __str__(self) -> str:
        return f"legacy token {self.pk}"


class SecondFactor(models.Model):
    """A staff member's second factor (`second_factor`): its secret encrypted, and the last 30 seconds whose code was used."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    secret = models.BinaryField(editable=False)
    key_id = models.CharField(max_length=16, editable=False)
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")

    def __str__(self) -> str:
        return f"second factor {self.id}"


class StaffSessionQuerySet(models.QuerySet["StaffSession"]):
    def alive(self) -> Self:
        now = timezone.now()
        return self.filter(
            seen_at__gt=now - timedelta(seconds=settings.STAFF_REST_SECONDS),
            began_at__gt=now - timedelta(seconds=settings.SESSION_COOKIE_AGE),
        )


class StaffSession(models.Model):
    """A session of staff, as administrators see and end it. It is none itself: no key of one is in it (`staff_sessions`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="staff_sessions", verbose_name=_("who"))
    began_at = models.DateTimeField(_("since"), default=timezone.now)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now, db_index=True)
    address = models.CharField(_("address"), max_length=64)
    is_verified = models.BooleanField(_("second factor"), default=False)

    objects = StaffSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    def __str__(self) -> str:
        return f"session {self.id}"


class LegacyCutoff(models.Model):
    """Tokens of the FastAPI connector that it issued to this person (None: to anybody) until then are refused: somebody ended a
    connection of theirs on purpose. By the main app's number, because such a token's person may have no row here."""

    main_app_user_id = models.PositiveBigIntegerField(_("main app user id"), unique=True, null=True, blank=True)
    issued_until = models.DateTimeField(_("issued until"))

    class Meta:
        verbose_name = _("cut-off of the old connector's tokens")
        verbose_name_plural = _("cut-offs of the old connector's tokens")

    def __str__(self) -> str:
        return f"cut-off {self.pk}"


class AuthorizationRequest(models.Model):
    """A sign-in under way: what the client asked for (RFC 6749 §4.1.1), which browser began it, and how it ended."""

    class Status(models.TextChoices):
        PENDING = "pending", _("under way")
        TAKEN = "taken", _("being finished")
        # Of a chat: its token waits, as one to be revoked, for the person to say on our last page that they mean it.
        HELD = "held", _("signed in, not yet confirmed")
        CONNECTED = "connected", _("connected")
        EXPIRED = "expired", _("came back too late")
        WRONG_BROWSER = "wrong_browser", _("came back in another browser")
        CODE_REUSED = "code_reused", _("came back with a used code")
        REFUSED = "refused", _("the main app refused the code")
        MAIN_APP_AWAY = "main_app_away", _("the main app was away")
        CLIENT_CHANGED = "client_changed", _("the client changed meanwhile")
        DECLINED = "declined", _("the person declined")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Null while the client has no row yet, and where a person signs in to see their connections.
    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, null=True, blank=True, verbose_name=_("client")
    )
    # What is known of a client that has no row yet (`Application.copy_of_it`): it gets one when somebody has connected it.
    client_copy = models.JSONField(null=True, blank=True, editable=False)
    redirect_uri = models.TextField(_("redirect URI"))
    redirect_uri_given = models.BooleanField(default=True)
    scope = models.TextField(_("scope"), blank=True)
    # RFC 8707: the one address that the tokens will be good for; empty for clients of the Actions door.
    resource = models.TextField(_("resource"), blank=True, default="", db_default="")
    state = models.TextField(_("state"), blank=True, editable=False)
    code_challenge = models.CharField(max_length=128, blank=True, editable=False)
    code_challenge_method = models.CharField(max_length=10, blank=True, editable=False)
    browser_digest = models.CharField(max_length=64, editable=False)
    status = models.CharField(_("how it ended"), max_length=20, choices=Status, default=Status.PENDING)
    created_at = models.DateTimeField(_("began"), default=timezone.now)
    expires_at = models.DateTimeField(_("open until"), db_index=True)
    consented_at = models.DateTimeField(_("agreed on our page"), null=True, blank=True)
    withholds_deletion = models.BooleanField(_("without deleting"), default=False, db_default=False)
    finished_at = models.DateTimeField(_("ended"), null=True, blank=True)
    # The digest of the main app's code that was spent on this row. Unique: no code serves two rows.
    code_digest = models.CharField(max_length=64, null=True, unique=True, editable=False)
    # What stands on the page that the person was shown last, and on the one before: the id of that request.
    reference = models.CharField(_("reference"), max_length=64, blank=True, default="", db_default="", db_index=True)
    earlier_reference = models.CharField(
        _("earlier reference"), max_length=64, blank=True, default="", db_default="", db_index=True
    )
    # What that page said (`pages.Problem`, or that it was another browser).
    problem = models.CharField(_("page shown"), max_length=20, blank=True, default="", db_default="")
    connection = models.ForeignKey(
        Connection,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="sign_ins",
        verbose_name=_("connection"),
    )

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        indexes = [
            models.Index(fields=["-created_at"]),
            # What else was tried in this browser, for who helps the person.
            models.Index(fields=["browser_digest", "-created_at"]),
        ]

    def __str__(self) -> str:
        return f"sign-in {self.id}"

    @property
    def is_expired(self) -> bool:
        return timezone.now() >= self.expires_at

    @property
    def client(self) -> Application | None:
        """Who asked, with a row or not yet; None where it is the person, for the page of their connections."""
        if self.application is not None or self.client_copy is None:
            return self.application
        return Application.of_copy(self.client_copy)


if TYPE_CHECKING:
    _CharField = models.CharField[str, str]
else:
    _CharField = models.CharField


class DigestField(_CharField):
    """Stores the SHA-256 of what is assigned; lookups take the clear value. What was loaded is the digest."""

    class _Digest(str):
        __slots__ = ()

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value if value is None or isinstance(value, self._Digest) else digest(value)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return None if value is None else self._Digest(value)


class Grant(AbstractGrant):
    """An authorization code (RFC 6749 §4.1.2), kept spent until it would have expired, so that a replay is known as one."""

    code = DigestField(max_length=255, unique=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="grants")
    spent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("authorization code")
        verbose_name_plural = _("authorization codes")
        indexes = [models.Index(fields=["expires"])]


class AccessToken(AbstractAccessToken):
    """An access token by its checksum only: the columns that could hold a clear one do not exist."""

    token = None
    id_token = None
    source_refresh_token = None
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="access_tokens")

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        indexes = [models.Index(fields=["expires"])]

    if TYPE_CHECKING:
        expires: datetime


class RefreshToken(AbstractRefreshToken):
    """A refresh token by its checksum only. `revoked` is when a rotation spent it (public clients)."""

    token = None
    access_token = None
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="refresh_tokens")
    scope = models.TextField(blank=True)
    expires = models.DateTimeField()
    # Set on a spent token that may still be presented again, its answer having been lost (docs/security.md).
    retry_until = models.DateTimeField(null=True, blank=True)
    # The number of the token that was spent for this one; that may be gone already.
    predecessor = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("refresh token")
        verbose_name_plural = _("refresh tokens")
        constraints = [models.UniqueConstraint(fields=["token_checksum"], name="refresh_token_checksum")]
        indexes = [models.Index(fields=["expires"])]

    @staticmethod
    def next_expiry(connection: Connection) -> datetime:
        """`REFRESH_TOKEN_IDLE_DAYS` from now, and never past the connection's own end."""
        idle = timezone.now() + timedelta(days=settings.REFRESH_TOKEN_IDLE_DAYS)
        return min(idle, connection.expires_at)
