"""django-oauth-toolkit's validator with this service's token rules (design.md "Token rules").

Extended, not forked: each override below is one decision that differs, with its reason. Lookups by authorization code need
none, because `Grant.code` digests what it is given. The token endpoint is one transaction (`views`), so what was read under the
connection's lock holds until its end, and is not read again: `request.grant`, `request.connection`.
"""

import base64
import binascii
from datetime import timedelta
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.grant_types.authorization_code import code_challenge_method_s256

from oauthbridge import clients, connections, registration, security_events
from oauthbridge.audience import audience_of, check_resource
from oauthbridge.compiled_queries import CompiledQuery
from oauthbridge.models import AccessToken, Application, AuthorizationRequest, Connection, Grant, RefreshToken
from oauthbridge.security_events import Event
from oauthbridge.throttle import Throttle
from oauthbridge.tokens import digest

EndReason = Connection.EndReason

_LOCKED_CONNECTION = CompiledQuery(Connection.objects.select_for_update(no_key=True), "id")
# Whom to lock; all else is read under its lock. Asked for by the digest alone, which is unique: given the client too,
# PostgreSQL may go through all of that client's.
_OWNER_OF_CODE = CompiledQuery(Grant.objects.only("user", "connection", "application"), "code")
_GRANT = CompiledQuery(Grant.objects.all(), "id")
_OWNER_OF_REFRESH_TOKEN = CompiledQuery(RefreshToken.objects.only("connection", "application"), "token_checksum")
_REFRESH_TOKEN = CompiledQuery(RefreshToken.objects.select_related("user"), "id")


class RequestNotSupported(errors.OAuth2Error):
    """A request object, by value or by reference (RFC 9101 §6, OpenID Connect Core §3.1.2.6): none is read here, so none is obeyed."""

    def __init__(self, parameter: str, request: Request) -> None:
        self.error = f"{parameter}_not_supported"
        super().__init__(description=f"Send the parameters themselves, no {parameter}.", request=request)


class TooManyRefreshes(errors.CustomOAuth2Error):
    """A connection whose refreshes come faster than any client needs them: a loop, or somebody who makes siblings."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            error="temporarily_unavailable",
            description=f"Too many refreshes of this connection. Wait {retry_after} seconds.",
            status_code=429,
        )


class BridgeValidator(OAuth2Validator):
    # --- The client ---------------------------------------------------------------------------

    def authenticate_client(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        """Body or Basic, not both, and a failed Basic is not tried again as body (RFC 6749 §2.3)."""
        header = request.headers.get("HTTP_AUTHORIZATION")
        if header is None:
            return bool(self._authenticate_request_body(request))
        if request.client_secret:
            raise errors.InvalidRequestError(
                description="Send the client's credentials in the header or in the body, not in both.", request=request
            )
        credentials = _basic_credentials(header)
        if credentials is None:
            return False
        client_id, secret = credentials
        if request.client_id and request.client_id != client_id:
            return False
        application = self._load_application(client_id, request)
        return application is not None and self._check_secret(secret, application.client_secret)

    def client_authentication_required(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        """As the parent, and for any Authorization header: one that is not Basic must not pass as a public client's silence."""
        return "HTTP_AUTHORIZATION" in request.headers or bool(super().client_authentication_required(request))

    def _load_application(self, client_id: str | None, request: Request) -> Application | None:
        """No client's id holds a NUL: PostgreSQL can't even be asked (the parent expects psycopg 2's error for it)."""
        if not client_id or "\x00" in client_id:
            return None
        application: Application | None = request.client
        if application is None or application.client_id != registration.row_id(client_id):
            application = clients.find(client_id)
        if application is None or not application.is_usable(request):
            request.client = None
            return None
        request.client = application
        if request.client_id == client_id:
            # A registered client's row has a shorter name than its id, and the library compares the two.
            request.client_id = application.client_id
        return application

    def _check_secret(self, provided_secret: str, stored_secret: str) -> bool:
        """An empty secret on either side is no secret: a client stored without one is never authenticated."""
        return bool(provided_secret and stored_secret) and bool(super()._check_secret(provided_secret, stored_secret))

    def is_pkce_required(self, client_id: str, request: Request) -> bool:
        """Demanded from public clients (RFC 9700 §2.1.1) and at the MCP door, whose specification demands it from all; ChatGPT's
        Actions client is confidential and sends none."""
        return request.client is None or request.client.is_public or request.client.is_mcp

    # --- The authorization request ------------------------------------------------------------

    def validate_client_id(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> bool:
        return bool(super().validate_client_id(client_id, request)) or self._refused(client_id)

    def validate_redirect_uri(
        self, client_id: str, redirect_uri: str, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        return bool(super().validate_redirect_uri(client_id, redirect_uri, request)) or self._refused(client_id)

    def _refused(self, client_id: str | None) -> bool:
        security_events.note(Event.CLIENT_REFUSED, known_client_id(client_id))
        return False

    def validate_response_type(
        self, client_id: str, response_type: str, client: Application, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """`code` and no other; the parent calls what nobody may use here a fault of the client (RFC 6749 §4.1.2.1).

        The first check after the redirect URI's, and so the place of two more: what would change the meaning of the request and is
        not supported is refused, not ignored; and a client that sends neither PKCE nor `state` would take any answer that somebody
        slips to it (RFC 9700 §2.1, §4.7).
        """
        parameters = dict(request.uri_query_params)
        for parameter in ("request", "request_uri"):
            if parameter in parameters:
                raise RequestNotSupported(parameter, request)
        if parameters.get("response_mode", "query") != "query":
            raise errors.InvalidRequestError(description="The response_mode must be query.", request=request)
        if not request.code_challenge and not request.state:
            raise errors.InvalidRequestError(description="Send a state, or PKCE.", request=request)
        if response_type != "code":
            raise errors.UnsupportedResponseTypeError(request=request)
        return bool(super().validate_response_type(client_id, response_type, client, request))

    def validate_scopes(
        self, client_id: str, scopes: list[str], client: Application, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """An empty scope, which ChatGPT sends where the GPT's maker left the field empty, is none: the usual ones."""
        named = [scope for scope in dict.fromkeys(scopes) if scope]
        request.scopes = named or list(self.get_default_scopes(client_id, request))
        return bool(super().validate_scopes(client_id, request.scopes, client, request))

    # --- The authorization code ---------------------------------------------------------------

    def _create_authorization_code(self, request: Request, code: dict[str, str], expires: Any = None) -> Grant:
        connection: Connection = request.connection
        grant: Grant = Grant.objects.create(
            application=request.client,
            user=connection.user,
            connection=connection,
            code=code["code"],
            expires=timezone.now() + timedelta(seconds=settings.AUTHORIZATION_CODE_SECONDS),
            redirect_uri=request.redirect_uri,
            scope=" ".join(request.scopes),
            resource=_as_stored(audience_of(request.client)),
            code_challenge=request.code_challenge or "",
            code_challenge_method=request.code_challenge_method or "",
            claims="{}",
        )
        request.grants.append(grant)
        return grant

    def validate_code(
        self, client_id: str, code: str, client: Application, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Lock its connection, so that of two requests with the code one finds it spent (RFC 6749 §4.1.2).

        A replay ends what the code had made, if the client proved who it is, by its secret or by PKCE: a stranger who saw a
        code go by must not be able to disconnect its owner.
        """
        owner = _OWNER_OF_CODE.first(code)
        if owner is None or owner.application_id != client.pk:
            return False
        # And not the code: an ending locks these first too, so neither waits for the other (`models`).
        person = connections.lock_person(owner.user_id)
        connection = _LOCKED_CONNECTION.first(owner.connection_id)
        grant = _GRANT.first(owner.pk)
        if person is None or connection is None or grant is None:
            return False
        if grant.spent_at is not None:
            security_events.note(Event.CODE_REUSED, str(grant.connection_id))
            if not client.is_public or _proves_pkce(grant, request.code_verifier):
                connections.end(grant.connection_id, EndReason.CODE_REPLAYED)
            return False
        if grant.is_expired():
            return False
        if request.code_verifier and not grant.code_challenge:
            # PKCE downgrade (RFC 9700 §4.8.2): somebody took the challenge out of the authorization request on its way.
            return False
        if grant.resource != _as_stored(audience_of(client)):
            return False
        request.scopes = grant.scope.split()
        request.user = person
        request.grant = grant
        request.connection = connection
        return True

    def get_code_challenge(self, code: str, request: Request) -> str | None:
        return request.grant.code_challenge or None

    def get_code_challenge_method(self, code: str, request: Request) -> str | None:
        return request.grant.code_challenge_method or None

    def confirm_redirect_uri(
        self,
        client_id: str,
        code: str,
        redirect_uri: str,
        client: Application,
        request: Request,
        *args: Any,
        **kwargs: Any,
    ) -> bool:
        """The same address, and stated again if it was stated before (RFC 6749 §4.1.3).

        Another one is `invalid_grant` (§5.2), where oauthlib says `invalid_request`.
        """
        sign_ins = AuthorizationRequest.objects.filter(connection=request.connection)
        if request.using_default_redirect_uri and sign_ins.filter(redirect_uri_given=True).exists():
            raise errors.InvalidRequestError(description="Missing redirect URI.", request=request)
        if not request.grant.redirect_uri_allowed(redirect_uri):
            raise errors.InvalidGrantError(request=request)
        return True

    def invalidate_authorization_code(
        self, client_id: str, code: str, request: Request, *args: Any, **kwargs: Any
    ) -> None:
        """Spent, not deleted: a replay has to be known as one until the code would have expired."""
        Grant.objects.filter(pk=request.grant.pk).update(spent_at=timezone.now())

    # --- Tokens -------------------------------------------------------------------------------

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Application, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """As the parent, which fails on oauthlib's own `openid`: a second name of authorization_code there."""
        if grant_type not in ("authorization_code", "refresh_token"):
            raise errors.UnsupportedGrantTypeError(request=request)
        return bool(super().validate_grant_type(client_id, grant_type, client, request))

    def rotate_refresh_token(self, request: Request) -> bool:
        """Public clients only: RFC 9700 §4.14.2 asks it of those; ChatGPT refreshes in parallel and would lose its own races."""
        return bool(request.client.is_public)

    def validate_refresh_token(
        self, refresh_token: str, client: Application, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Alive, this client's, and of a connection that is active under its lock (an ending that races this one wins)."""
        owner = _OWNER_OF_REFRESH_TOKEN.first(digest(refresh_token))
        if owner is None or owner.application_id != client.pk:
            return False
        connection = _LOCKED_CONNECTION.first(owner.connection_id)
        # Read again under the lock: a rotation or an ending may have come first.
        token = _REFRESH_TOKEN.first(owner.pk)
        if connection is None or not connection.is_active or token is None:
            return False
        if token.resource != _as_stored(audience_of(client)):
            return False
        now = timezone.now()
        if token.revoked is not None and not (token.retry_until and now < token.retry_until):
            security_events.note(Event.TOKEN_REUSED, str(connection.pk))
            connections.end(connection.pk, EndReason.TOKEN_REUSED)
            return False
        if connection.expires_at <= now:
            connections.end(connection.pk, EndReason.EXPIRED)
            return False
        if token.expires <= now:
            connections.end(connection.pk, EndReason.IDLE)
            return False
        if wait := Throttle("refresh", settings.REFRESH_LIMIT_PER_MINUTE).hit(str(connection.pk)):
            raise TooManyRefreshes(wait)
        request.user = token.user
        request.connection = connection
        request.refresh_token = refresh_token
        request.refresh_token_instance = token
        return True

    def get_original_scopes(self, refresh_token: str, request: Request, *args: Any, **kwargs: Any) -> str:
        return str(request.refresh_token_instance.scope)

    def save_bearer_token(self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any) -> None:
        """One new access token per request; the others live on until they expire (RFC 6749 §6 leaves that open).

        Raises InvalidGrantError when the connection has ended, and InvalidTarget, which spends nothing: neither the code nor the
        refresh token. Without the parent's savepoint: an error of the database ends the whole request.
        """
        # The client's one audience is what its grant holds, too: validate_code and validate_refresh_token have seen to that.
        resources = [value for name, value in request.decoded_body or () if name == "resource"]
        resource = _as_stored(check_resource(request.client, resources))
        connection: Connection = request.connection
        if not connection.is_active:
            raise errors.InvalidGrantError(request=request)
        now = timezone.now()
        access_token = AccessToken(
            user=request.user,
            application=request.client,
            connection=connection,
            scope=token["scope"],
            expires=min(now + timedelta(seconds=token["expires_in"]), connection.expires_at),
            resource=resource,
        )
        self._set_token_value(access_token, token["access_token"])
        access_token.save(force_insert=True)
        self._save_refresh_token(token["refresh_token"], request, connection)
        if getattr(request, "refresh_token_instance", None) is None:
            connections.end_older(request.user, connection, request.client)
        Connection.objects.filter(pk=connection.pk).update(last_used_at=now)

    def _save_refresh_token(self, value: str, request: Request, connection: Connection) -> None:
        """The next refresh token, or the same for longer (see rotate_refresh_token)."""
        used: RefreshToken | None = getattr(request, "refresh_token_instance", None)
        expires = RefreshToken.next_expiry(connection)
        if used is not None and not self.rotate_refresh_token(request):
            RefreshToken.objects.filter(pk=used.pk).update(expires=expires)
            return
        if used is not None and used.revoked is None:
            self._spend(used)
        refresh_token = RefreshToken(
            user=request.user,
            application=request.client,
            connection=connection,
            # RFC 6749 §6: whatever is asked for now, the refresh token keeps the scope it was given for.
            scope=used.scope if used is not None else " ".join(request.scopes),
            predecessor=None if used is None else used.pk,
            resource=_as_stored(audience_of(request.client)),
            expires=expires,
        )
        self._set_token_value(refresh_token, value)
        refresh_token.save(force_insert=True)

    def _spend(self, used: RefreshToken) -> None:
        """Spend a refresh token at its first use (RFC 9700 §4.14.2).

        Its answer may be lost on the way, or two processes of one client may refresh at once. So it is answered again for
        REFRESH_RETRY_SECONDS, each time with a new successor, until one of its successors is used: whoever holds that has had
        the answer. The other successors go on beside it, each spent by its own use only: they belong to siblings that asked
        within those seconds (docs/security.md says what a thief gains by it).
        """
        now = timezone.now()
        RefreshToken.objects.filter(pk=used.predecessor).update(retry_until=None)
        retry_until = now + timedelta(seconds=settings.REFRESH_RETRY_SECONDS)
        RefreshToken.objects.filter(pk=used.pk).update(revoked=now, retry_until=retry_until)

    def revoke_token(
        self, token: str, token_type_hint: str | None, request: Request, *args: Any, **kwargs: Any
    ) -> None:
        """Either kind of token ends its connection (RFC 7009 §2.1); an unknown one, or another client's, changes nothing."""
        checksum = digest(token)
        for model in (AccessToken, RefreshToken):
            row = model.objects.filter(token_checksum=checksum, application=request.client).first()
            if row is not None:
                connections.end(row.connection_id, EndReason.CLIENT_REVOKED)
                return


def claimed_client_id(request: HttpRequest) -> str:
    """Whom a token request that failed to authenticate its client says it comes from."""
    credentials = _basic_credentials(request.META.get("HTTP_AUTHORIZATION", ""))
    return known_client_id(credentials[0] if credentials else request.POST.get("client_id"))


def known_client_id(client_id: str | None) -> str:
    """For a line about a client that was refused: its id, if it is anybody's."""
    known = clients.stored(client_id) if client_id and "\x00" not in client_id else None
    return security_events.UNKNOWN if known is None else str(known.client_id)


def _as_stored(audience: str) -> list[str]:
    return [audience] if audience else []


def _proves_pkce(grant: Grant, code_verifier: str | None) -> bool:
    """Whether this is the verifier behind the code's challenge (RFC 7636 §4.6): only who began the sign-in has it."""
    if not (code_verifier and grant.code_challenge and code_verifier.isascii()):
        return False
    return bool(code_challenge_method_s256(code_verifier, grant.code_challenge))


def _basic_credentials(header: str) -> tuple[str, str] | None:
    """Client id and secret of an HTTP Basic header, form-decoded (RFC 6749 §2.3.1); None for any other or broken header."""
    scheme, _space, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    client_id, colon, secret = decoded.partition(":")
    return (unquote_plus(client_id), unquote_plus(secret)) if colon else None
