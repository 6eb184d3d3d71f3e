"""Who may connect, for how long, and how tokens live."""

from devtools.mutants.mutant import Mutants

OAUTH = "tests/oauth/test_"
RFC9700 = "tests/security/rfc9700/test_"

_validator = Mutants("oauthbridge/validator.py")
_browser = Mutants("oauthbridge/browser.py")
_views = Mutants("oauthbridge/views.py")
_consent = Mutants("oauthbridge/consent.py")
_models = Mutants("oauthbridge/models.py")

# --- PKCE ----------------------------------------------------------------------------------------

_validator.add(
    "pkce: demanded at the MCP door",
    "request.client is None or request.client.is_public or request.client.is_mcp",
    "False",
    f"{RFC9700}4_8_pkce_downgrade.py::test_a_public_client_cannot_begin_without_it",
)
_validator.add(
    "pkce: a verifier without a challenge is a downgrade",
    "if request.code_verifier and not grant.code_challenge:",
    "if False:",
    f"{OAUTH}token.py::TestPkce::test_a_verifier_where_no_challenge_was_is_a_downgrade",
)
_validator.add(
    "pkce: the challenge of the grant is asked for",
    "return request.grant.code_challenge or None",
    "return None",
    f"{OAUTH}token.py::TestPkce::test_a_wrong_one_does_not",
)
_views.add(
    "pkce: S256 and nothing plain",
    'elif challenge is not None and credentials.get("code_challenge_method") != "S256":',
    "elif False:",
    f"{OAUTH}one_connection_per_client.py::test_no_client_of_the_mcp_door_begins_without_pkce_s256",
)
_validator.add(
    "pkce or state: one of both binds the answer",
    "if not request.code_challenge and not request.state:",
    "if False:",
    f"{OAUTH}authorize.py::test_without_pkce_a_state_is_demanded",
)

# --- Redirect URIs -------------------------------------------------------------------------------

_redirects = Mutants("oauthbridge/redirects.py")
_redirects.add(
    "redirect uri: letter by letter, no prefix",
    "if uri in registered:",
    "if uri.startswith(registered):",
    f"{RFC9700}4_1_redirect_uri_validation.py::test_a_redirect_uri_that_is_not_the_registered_text_gets_a_page",
)
_redirects.add(
    "redirect uri: ports are free on the loopback of public clients alone",
    "portless = _without_port(uri) if any_loopback_port else None",
    "portless = _without_port(uri)",
    f"{OAUTH}loopback.py::test_without_that_nothing_may",
)
_redirects.add(
    "redirect uri: the loopback's path counts",
    'return match["host"], match["rest"] or ""',
    'return match["host"], ""',
    f"{OAUTH}loopback.py::test_only_the_port_may_differ_and_only_on_the_loopback",
)
_redirects.add(
    "redirect uri: no fragment is registered",
    'if not usable or "#" in uri or',
    "if not usable or",
    "tests/ops/test_mcp_client.py",
)
_models.add(
    "redirect uri: confidential clients have no free port",
    "any_loopback_port=self.is_public and self.is_mcp",
    "any_loopback_port=True",
    f"{OAUTH}loopback.py::test_it_is_for_public_clients_of_the_mcp_door_only",
)
_validator.add(
    "redirect uri: the token request repeats it",
    "if request.using_default_redirect_uri and sign_ins.filter(redirect_uri_given=True).exists():",
    "if False:",
    f"{OAUTH}token.py::TestTheCode::test_the_redirect_uri_must_come_again_if_it_came_before",
)
_validator.add(
    "redirect uri: a code goes with the address it was sent to",
    "if not request.grant.redirect_uri_allowed(redirect_uri):",
    "if False:",
    f"{OAUTH}token.py::TestTheCode::test_another_redirect_uri_is_refused",
)

# --- state, iss, what a request must not say ----------------------------------------------------

_views.add(
    "state: the client gets its own back",
    '"state": sign_in.state or None,',
    '"state": None,',
    f"{OAUTH}callback.py::TestTheGoodWay::test_the_client_gets_a_code_its_state_and_the_issuer",
)
_views.add(
    "iss: errors name the issuer too",
    '    parameters["iss"] = settings.CONNECTOR_PUBLIC_URL\n',
    "",
    f"{RFC9700}4_4_mix_up.py::test_so_does_every_error",
    f"{OAUTH}consent_page.py::test_cancel_goes_back_to_the_client_with_state_and_issuer",
)
_views.add(
    "authorize: no parameter twice",
    "elif comes_twice(request.GET):",
    "elif False:",
    f"{OAUTH}authorize.py::test_any_other_parameter_twice_is_an_error_for_the_client",
)
_validator.add(
    "authorize: a request object is refused, not ignored",
    'for parameter in ("request", "request_uri"):',
    "for parameter in ():",
    f"{OAUTH}authorize.py::test_a_request_object_is_refused_and_not_ignored",
)
_browser.add(
    "forms: nothing in the address",
    'if request.META.get("QUERY_STRING"):\n        return "Send parameters',
    'if False:\n        return "Send parameters',
    f"{OAUTH}consent_page.py::test_only_a_plain_form_counts",
)

# --- Codes ---------------------------------------------------------------------------------------

_validator.add(
    "code: of the client that it was made for",
    "owner = _OWNER_OF_CODE.first(code)\n        if owner is None or owner.application_id != client.pk:",
    "owner = _OWNER_OF_CODE.first(code)\n        if owner is None:",
    f"{OAUTH}token.py::TestTheCode::test_a_code_of_another_client_is_refused_and_harmed_in_no_way",
)
_validator.add(
    "code: works once",
    "if grant.spent_at is not None:",
    "if False:",
    f"{OAUTH}token.py::TestTheCode::test_a_replay_is_refused_and_ends_what_the_code_had_made",
)
_validator.add(
    "code: a stranger's replay ends nothing",
    "if not client.is_public or _proves_pkce(grant, request.code_verifier):",
    "if True:",
    f"{OAUTH}one_connection_per_client.py::test_a_replayed_code_of_a_public_client_ends_its_connection_with_the_right_verifier_only",
)
_validator.add(
    "code: a client's replay ends what it had made",
    "connections.end(grant.connection_id, EndReason.CODE_REPLAYED)",
    "pass",
    f"{OAUTH}token.py::TestTheCode::test_a_replay_is_refused_and_ends_what_the_code_had_made",
)
_validator.add(
    "code: lives for a minute",
    "if grant.is_expired():",
    "if False:",
    f"{OAUTH}token.py::TestTheCode::test_it_lives_for_a_minute",
)

# --- Refreshing ----------------------------------------------------------------------------------

_validator.add(
    "refresh: a public client's token is rotated",
    "return bool(request.client.is_public)",
    "return False",
    f"{OAUTH}refresh.py::TestPublicClients::test_each_refresh_token_serves_once",
)
_validator.add(
    "refresh: a spent token used again is noticed",
    "if token.revoked is not None and not (token.retry_until and now < token.retry_until):",
    "if False:",
    f"{OAUTH}refresh.py::TestPublicClients::test_a_spent_one_ends_the_connection",
)
_validator.add(
    "refresh: a spent token used again ends the connection",
    "connections.end(connection.pk, EndReason.TOKEN_REUSED)",
    "pass",
    f"{OAUTH}refresh.py::TestPublicClients::test_a_spent_one_ends_the_connection",
)
_validator.add(
    "refresh: once the successor is used there is no retry",
    "RefreshToken.objects.filter(pk=used.predecessor).update(retry_until=None)",
    "pass",
    f"{OAUTH}refresh.py::TestPublicClients::test_one_whose_successor_is_in_use_ends_the_connection_at_once",
)
_validator.add(
    "refresh: retrying gives no more time",
    "if used is not None and used.revoked is None:",
    "if used is not None:",
    f"{OAUTH}refresh.py::TestRetries::test_retrying_gives_no_more_time",
)
_validator.add(
    "refresh: another client's token is refused",
    "owner = _OWNER_OF_REFRESH_TOKEN.first(digest(refresh_token))\n"
    "        if owner is None or owner.application_id != client.pk:",
    "owner = _OWNER_OF_REFRESH_TOKEN.first(digest(refresh_token))\n        if owner is None:",
    f"{OAUTH}refresh.py::TestBadTokens::test_another_clients_is_refused_and_unharmed",
)
_validator.add(
    "refresh: a connection ends at its greatest age",
    "if connection.expires_at <= now:",
    "if False:",
    f"{OAUTH}refresh.py::TestConfidential::test_a_year_ends_the_connection_however_much_it_is_used",
)
_validator.add(
    "refresh: ninety days unused are the end",
    "if token.expires <= now:",
    "if False:",
    f"{OAUTH}refresh.py::TestConfidential::test_ninety_days_unused_end_the_connection",
)
_validator.add(
    "refresh: a narrower request narrows the access token alone",
    'scope=used.scope if used is not None else " ".join(request.scopes),',
    'scope=" ".join(request.scopes),',
    f"{OAUTH}scopes.py::test_a_refresh_narrows_the_access_token_and_not_the_connection",
)
_validator.add(
    "refresh: so many a minute for a connection",
    "raise TooManyRefreshes(wait)",
    "pass",
    f"{OAUTH}refresh.py::TestHowOften::test_thirty_a_minute_and_the_next_one_waits",
)
_validator.add(
    "token: an access token never outlives its connection",
    'min(now + timedelta(seconds=token["expires_in"]), connection.expires_at)',
    'now + timedelta(seconds=token["expires_in"])',
    f"{OAUTH}token.py::TestTheAnswer::test_the_access_token_never_outlives_the_connection",
)

# --- Who the client is ---------------------------------------------------------------------------

_validator.add(
    "client: not by header and body at once",
    "if request.client_secret:\n            raise",
    "if False:\n            raise",
    f"{OAUTH}token_client.py::TestWhoTheClientIs::test_not_by_both_at_once",
)
_validator.add(
    "client: the body names the header's client",
    "if request.client_id and request.client_id != client_id:",
    "if False:",
    f"{OAUTH}token_client.py::TestWhoTheClientIs::test_another_client_id_in_the_body_is_refused",
)
_validator.add(
    "client: no odd header passes as a public client's silence",
    '"HTTP_AUTHORIZATION" in request.headers or bool(super().client_authentication_required(request))',
    "bool(super().client_authentication_required(request))",
    f"{OAUTH}token_client.py",
)
_validator.add(
    "revocation: another client's token is left alone",
    "filter(token_checksum=checksum, application=request.client)",
    "filter(token_checksum=checksum)",
    f"{OAUTH}revoke.py::test_another_clients_token_is_200_and_changes_nothing",
)
_models.add(
    "client: a disabled one is unknown",
    "if self.disabled_at is not None:",
    "if False:",
    f"{OAUTH}one_connection_per_client.py::test_a_disabled_client_is_unknown_everywhere",
)

# --- The callback and the browser ----------------------------------------------------------------

_consent.add(
    "callback: in the browser that began alone",
    "if browser_id is None or not hmac.compare_digest(digest(browser_id), row.browser_digest):",
    "if browser_id is None:",
    f"{OAUTH}hand_back.py::TestAttacks::test_in_the_browser_of_somebody_who_began_another_one_it_is_no_use",
)
_consent.add(
    "callback: too late is too late",
    "    if row.is_expired:\n        _discard(code)",
    "    if False:\n        _discard(code)",
    f"{OAUTH}callback.py::TestTooLate::test_after_ten_minutes_there_is_a_page_and_the_token_is_revoked",
)
_consent.add(
    "callback: a main app's code serves one sign-in",
    "status=Status.TAKEN, code_digest=spent, finished_at=timezone.now()",
    "status=Status.TAKEN, finished_at=timezone.now()",
    f"{OAUTH}callback.py::TestTwice::test_a_code_that_served_another_sign_in_is_refused",
)
_consent.add(
    "callback: a second code for a spent sign-in is revoked",
    "if row.code_digest != spent:",
    "if False:",
    f"{OAUTH}callback.py::TestTwice::test_a_second_code_for_a_spent_sign_in_is_exchanged_only_to_be_revoked",
)
_browser.add(
    "cookie: no script reads it",
    "httponly=True,",
    "httponly=False,",
    f"{OAUTH}authorize.py::test_the_browser_gets_one_cookie_that_scripts_and_other_sites_cannot_use",
)
_browser.add(
    "cookie: no other site sends it",
    'samesite="Lax",',
    'samesite="None",',
    f"{OAUTH}authorize.py::test_the_browser_gets_one_cookie_that_scripts_and_other_sites_cannot_use",
)
_views.add(
    "callback: a code is for the address that was agreed to",
    "if sign_in.resource != audience_of(connection.application):",
    "if False:",
    f"{OAUTH}consent_page.py::test_nobody_agrees_to_an_address_and_gets_another",
)
_consent.add(
    "hand-back: only our own form ends a sign-in",
    "if row is None or not is_ours(row):",
    "if row is None:",
    f"{OAUTH}hand_back.py::TestAttacks",
)

# --- Consent -------------------------------------------------------------------------------------

_consent.add(
    "consent: a form counts in its own browser",
    "if not hmac.compare_digest(digest(browser_id), row.browser_digest):",
    "if False:",
    f"{OAUTH}consent_page.py::test_a_form_in_another_browser_changes_nothing",
)
_consent.add(
    "consent: a form carries our token",
    'if not is_form_token(form_token, row, browser_id or ""):',
    "if False:",
    f"{OAUTH}consent_page.py::test_a_form_of_ones_own_cannot_be_sent_by_somebody_elses_page",
)
_browser.add(
    "consent: a form from elsewhere is refused",
    'request.headers.get("Origin", own) == own and request',
    "request",
    f"{OAUTH}consent_page.py::test_a_form_that_the_browser_says_is_from_elsewhere_is_refused",
)
_consent.add(
    "consent: no way past our page",
    "if row.client is not None and row.client.is_mcp and row.consented_at is None:",
    "if False:",
    f"{OAUTH}consent_page.py::test_a_forged_way_past_it_ends_at_the_callback",
)
_consent.add(
    "consent: agreeing counts once",
    "open_rows.filter(consented_at=None).update(",
    "open_rows.update(",
    f"{OAUTH}consent_page.py::test_agreeing_twice_is_taken_once_and_told_the_way_on",
)
_consent.add(
    "consent: what was declined stays so",
    "open_rows = AuthorizationRequest.objects.filter(pk=row.pk, status=Status.PENDING)",
    "open_rows = AuthorizationRequest.objects.filter(pk=row.pk)",
    f"{OAUTH}consent_page.py::test_what_has_ended_cannot_be_answered",
)

# --- Audience and doors --------------------------------------------------------------------------

_audience = Mutants("oauthbridge/audience.py")
_authentication = Mutants("oauthbridge/authentication.py")
_audience.add(
    "audience: one address, letter by letter",
    "if any(resource != audience for resource in resources if resource):",
    "if any(not resource.startswith(audience) for resource in resources if resource):",
    f"{OAUTH}audience.py::test_another_resource_is_told_to_the_client_and_nobody_is_sent_on",
)
_audience.add(
    "audience: each of several values is checked",
    "if any(resource != audience for resource in resources if resource):",
    "if audience not in (given := [*resources]) and any(given):",
    f"{OAUTH}audience.py::test_one_of_several_is_enough_to_refuse_them",
)
_validator.add(
    "audience: asked again at the token endpoint",
    "check_resource(request.client, resources)",
    "check_resource(request.client, ())",
    f"{OAUTH}audience.py::test_another_resource_at_the_token_endpoint_is_refused_and_spends_nothing",
)
_authentication.add(
    "audience: an address of the past opens nothing",
    "return Door.MCP.value if self.resource == (settings.MCP_URL,) else None",
    "return Door.MCP.value",
    f"{OAUTH}audience.py::test_a_token_for_nothing_and_one_for_an_address_of_the_past_open_no_mcp",
)
_authentication.add(
    "doors: a token opens its own",
    "if bearer is None or bearer.door != door:",
    "if bearer is None:",
    f"{OAUTH}audience.py::test_a_token_of_an_mcp_client_opens_mcp_and_nothing_else",
)
_authentication.add(
    "access token: expires",
    "row.expires <= timezone.now() or not row.connection.is_active",
    "not row.connection.is_active",
    "tests/tools/test_the_door.py::test_an_expired_token_is_refused",
)
_authentication.add(
    "access token: ends with its connection",
    "row.expires <= timezone.now() or not row.connection.is_active",
    "row.expires <= timezone.now()",
    "tests/tools/test_the_door.py::test_a_token_left_over_from_an_ended_connection_is_refused",
)

# --- Clients that describe or register themselves -----------------------------------------------

_cimd = Mutants("oauthbridge/cimd.py")
_cimd.add(
    "document: names itself",
    'if document.get("client_id") != client_id:',
    "if False:",
    f"{OAUTH}cimd_documents.py::test_a_forged_document_makes_no_client",
)
_cimd.add(
    "document: holds no secret",
    'if "client_secret" in document or "client_secret_expires_at" in document:',
    "if False:",
    f"{OAUTH}cimd_documents.py::test_a_forged_document_makes_no_client",
)
_cimd.add(
    "document: a host like its own is another one",
    r'rf"[a-z0-9.-]+\.{re.escape(own_host)}"',
    'rf"[a-z0-9.-]+{re.escape(own_host)}"',
    f"{OAUTH}cimd_documents.py::test_a_redirect_elsewhere_is_left_out",
)
_cimd.add(
    "document: a known client's own addresses alone",
    "return known.may_be_sent_to(uri)",
    "return True",
    f"{OAUTH}known_clients.py::test_a_known_clients_document_sends_codes_to_its_own_addresses_only",
)
_cimd.add(
    "document: no relay",
    "or not _URI.fullmatch(uri) or is_relay(uri):",
    "or not _URI.fullmatch(uri):",
    f"{OAUTH}known_clients.py::test_vscodes_relay_is_left_out",
    f"{OAUTH}cimd_documents.py::test_a_redirect_elsewhere_is_left_out",
)
Mutants("oauthbridge/known_clients.py").add(
    "known clients: an id is one segment",
    'name = r"(?P<id>[A-Za-z0-9_-]{1,100})"',
    'name = r"(?P<id>.{1,100})"',
    f"{OAUTH}known_clients.py::test_another_address_of_a_known_vendor_is_no_client",
)
_registration = Mutants("oauthbridge/registration.py")
_registration.add(
    "registration: the id is sealed by us",
    "_signer().unsign_object(client_id.removeprefix(_PREFIX))",
    '_signer().unsign_object(_signer().sign(client_id.removeprefix(_PREFIX).rpartition(".")[0]))',
    f"{OAUTH}registration.py",
)
_registration.add(
    "registration: loopback alone unless it is open",
    "if len(fit) < len(uris) or not is_open_to(fit):",
    "if len(fit) < len(uris):",
    f"{OAUTH}registration.py::test_no_redirect_beyond_this_computer",
)
_registration.add(
    "registration: off is off",
    "return bool(settings.MCP_REGISTRATION != OFF)",
    "return True",
    f"{OAUTH}registration.py::test_where_it_is_off_it_says_what_to_do_instead",
)
_models.add(
    "registration: turned off nobody begins",
    "return not client_documents.reading_is_allowed() or registration.is_open_to(self.redirect_uris.split())",
    "return True",
    f"{OAUTH}registration.py::test_turning_it_off_lets_nobody_begin_and_everybody_stay",
)

# --- At rest -------------------------------------------------------------------------------------

_keyring = Mutants("oauthbridge/tokens.py")
_keyring.add(
    "key ring: a text opens in its own row alone",
    r'return b"meo-connector sanctum token\x00" + subject.bytes',
    r'return b"meo-connector sanctum token\x00"',
    "tests/oauth/test_storage.py",
    "tests/ops/test_rotate_encryption_key.py",
    "tests/security/test_stored_values.py",
)
_models.add(
    "codes: stored as digests",
    "return value if value is None or isinstance(value, self._Digest) else digest(value)",
    "return value",
    f"{OAUTH}storage.py::test_nothing_that_opens_a_door_is_in_clear",
)

# --- Tokens of the old connector -----------------------------------------------------------------

_legacy = Mutants("oauthbridge/legacy.py")
_legacy.add(
    "old tokens: until the day that ops set",
    "return bool(settings.JWT_SECRET and until is not None and timezone.now().date() <= until)",
    "return bool(settings.JWT_SECRET)",
    f"{OAUTH}old_tokens.py::test_none_counts_after_the_day_that_ops_set",
)
_legacy.add(
    "old tokens: the cut-off",
    "if cutoffs.filter(issued_until__gte=claims.issued).exists():",
    "if False:",
    f"{OAUTH}old_tokens.py::test_ending_one_on_purpose_refuses_all_that_the_person_holds",
)
_legacy.add(
    "old tokens: expire",
    "if expires <= timezone.now() or not 0 < user_id",
    "if not 0 < user_id",
    f"{OAUTH}old_tokens.py::test_any_other_token_is_refused",
)
_legacy.add(
    "old tokens: of this service alone",
    "or not jti or not _is_ours(claims):",
    "or not jti:",
    f"{OAUTH}old_tokens.py::test_any_other_token_is_refused",
)
_legacy.add(
    "old tokens: a new sign-in replaces them",
    "if any(one.is_active and not one.is_legacy for one in connections):",
    "if False:",
    f"{OAUTH}old_tokens.py::test_after_a_new_sign_in_not_even_a_younger_token_is_taken_over",
)

# --- Throttle ------------------------------------------------------------------------------------

_throttle = Mutants("oauthbridge/throttle.py")
_throttle.add(
    "throttle: so many and no more",
    "        room = self.limit - here - 1\n",
    "        room = self.limit - here\n",
    f"{OAUTH}throttle.py::test_so_many_a_minute_and_no_more",
)
_throttle.add(
    "throttle: the last minute weighs",
    "if room - before * weight >= 0:",
    "if room >= 0:",
    f"{OAUTH}throttle.py::test_the_turn_of_the_minute_is_no_second_allowance",
)
_throttle.add(
    "throttle: refused hits do not count",
    "if limit - here - 1 - before * weight >= 0:\n            _counts",
    "if True:\n            _counts",
    f"{OAUTH}throttle.py::test_refused_hits_do_not_count",
)
