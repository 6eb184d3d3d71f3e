"""The way to the main app, what leaves this service, and what tools do with what people say."""

from devtools.mutants.mutant import Mutants

MAINAPP = "tests/mainapp/test_"
TOOLS = "tests/tools/test_"
UNDERSTAND = "tests/understand/test_"

# --- What a 401 or 403 means, and what is sent twice ---------------------------------------------

_session, _refusals = Mutants("mainapp/session.py"), Mutants("mainapp/refusals.py")
_JUDGED = f"{MAINAPP}dead_token_or_forbidden.py"
_refusals.add(
    "403: of the account itself it is the token's abilities",
    "if route is routes.ME and error.status == 403:",
    "if False:",
    _JUDGED,
)
_refusals.add(
    "401: of a route for guests it is asked about",
    'if route.auth == "required" and not keyed:',
    "if not keyed:",
    f"{_JUDGED}::test_a_401_of_a_route_for_guests_too_is_asked_about",
)
_refusals.add(
    "401: a key in the way ends no connection",
    'if route.auth == "required" and not keyed:',
    'if route.auth == "required":',
    f"{MAINAPP}idempotency_key.py::test_a_key_refused_while_the_token_lives_is_left_out_once",
)
_refusals.add(
    "401: when nobody answers for the token it is not dead",
    "return error if isinstance(standing, errors.TokenRefused) else standing",
    "return error",
    f"{MAINAPP}idempotency_key.py::test_a_key_refused_when_nobody_can_say_why_breaks_no_connection",
    f"{MAINAPP}idempotency_key.py::test_a_key_refused_while_the_quota_is_used_up_breaks_no_connection",
)
_refusals.add(
    "403: may be a dead token",
    "if isinstance(standing, errors.TokenRefused | errors.AbilityMissing):",
    "if isinstance(standing, errors.AbilityMissing):",
    f"{_JUDGED}::test_a_403_gets_its_true_name",
)
_refusals.add(
    "403: an unverified e-mail has its name",
    "if route.verified and not standing.email_verified:",
    "if False:",
    f"{_JUDGED}::test_a_403_gets_its_true_name",
)
_refusals.add(
    "403: a banned person may read",
    "if route.is_write and standing.is_banned:",
    "if standing.is_banned:",
    _JUDGED,
)
_refusals.add(
    "403: without a pet it is the token's abilities",
    "return error if route.parameters else renamed(errors.AbilityMissing, error)",
    "return error",
    f"{_JUDGED}::test_a_403_gets_its_true_name",
)
_session.add(
    "retry: an unkeyed write is sent once",
    "may_repeat = not route.is_write or route.repeatable or keyed",
    "may_repeat = True",
    f"{MAINAPP}retries.py::test_a_write_without_a_key_is_sent_once_and_its_outcome_is_unknown",
)
_session.add(
    "retry: a lost write stays in doubt",
    "if in_doubt and not settles_earlier_attempts(error):",
    "if False:",
    f"{MAINAPP}retries.py::test_a_lost_write_stays_in_doubt_when_the_main_app_is_gone_afterwards",
)
_refusals.add(
    "retry: a 401 settles nothing",
    "400 <= error.status < 500 and error.status != 401",
    "400 <= error.status < 500",
    f"{MAINAPP}retries.py::test_a_lost_write_stays_in_doubt_when_the_token_dies",
)
_refusals.add(
    "retry: an unreadable success may have been done",
    "return 200 <= error.status < 300 or error.status >= 500",
    "return error.status >= 500",
    f"{MAINAPP}retries.py::test_a_write_answered_by_an_unreadable_success_has_an_unknown_outcome",
)
_session.add(
    "token: public routes go without it",
    'elif prepared.route.auth != "none" and self._token is not None:',
    "elif self._token is not None:",
    f"{MAINAPP}headers.py::test_public_routes_go_without_the_token_so_that_no_quota_pays",
)
_routes = Mutants("mainapp/routes.py")
_routes.add(
    "routes: no other than the list",
    'ME = Route("GET", "/users/me", verified=False)\n',
    'ME = Route("GET", "/users/me", verified=False)\nDELETE_ME = Route("DELETE", "/users/me")\n',
    f"{MAINAPP}allow_list.py::test_the_list_is_exactly_what_this_product_needs",
)
_routes.add(
    "routes: an id is a positive number",
    'if name == "date" or type(value) is not int or not 0 < value <= LARGEST_ID:',
    "if not value:",
    f"{MAINAPP}allow_list.py::test_it_refuses_an_id_that_is_no_positive_integer",
)

# --- SSRF ----------------------------------------------------------------------------------------

_addresses = Mutants("mainapp/http/addresses.py")
_ADDRESSES = "tests/files/test_download_addresses.py"
_addresses.add(
    "ssrf: a NAT64 address is what it carries",
    "carried = IPv4Address(parsed.packed[-4:]) if parsed in _NAT64 else parsed.ipv4_mapped",
    "carried = IPv4Address('1.1.1.1') if parsed in _NAT64 else parsed.ipv4_mapped",
    f"{_ADDRESSES}::test_it_knows_an_address_that_is_not_public",
)
_addresses.add(
    "ssrf: 6to4 carries any address",
    'ip_network("2002::/16"),',
    "",
    f"{_ADDRESSES}::test_it_knows_an_address_that_is_not_public",
)
_addresses.add(
    "ssrf: a mapped address is what it carries",
    "carried = IPv4Address(parsed.packed[-4:]) if parsed in _NAT64 else parsed.ipv4_mapped",
    "carried = IPv4Address(parsed.packed[-4:]) if parsed in _NAT64 else parsed.ipv4_mapped and IPv4Address('1.1.1.1')",
    f"{_ADDRESSES}::test_it_knows_an_address_that_is_not_public",
)
Mutants("mainapp/http/connection.py").add(
    "ssrf: one private address refuses the name",
    "not all(is_public(address) for address in addresses)",
    "not any(is_public(address) for address in addresses)",
    f"{_ADDRESSES}::test_it_refuses_a_name_with_one_private_address_and_connects_nowhere",
)
_download = Mutants("petstools/files/download.py")
_LINKS = "tests/files/test_download_links.py::test_it_refuses_the_link_without_asking_for_any_name"
_download.add("ssrf: HTTPS alone", 'if parts.scheme != "https":', "if False:", _LINKS)
_download.add("ssrf: nobody's credentials", 'if "@" in parts.netloc:', "if False:", _LINKS)
_download.add(
    "ssrf: the listed port alone",
    "if not host or port != int(listed_port or 443):",
    "if not host:",
    "tests/files/test_download_links.py",
)
_download.add(
    "ssrf: no redirect",
    "if 300 <= answer.status < 400:",
    "if False:",
    "tests/files/test_download_answers.py::test_a_redirect_is_not_followed",
)
Mutants("mainapp/http/connection.py").add(
    "files: cut off at the limit",
    "return body if len(body) <= longest else None",
    "return body",
    "tests/files/test_download_answers.py::test_a_file_that_turns_out_too_large_is_cut_off",
)

# --- Redaction -----------------------------------------------------------------------------------

_logs = Mutants("connector/logs.py")
_LOGS = "tests/frame/test_logs.py"
_logs.add(
    "logs: values under secret names",
    "_PLAIN_NAMES and _SECRET_NAMES.search(name) is not None",
    "_PLAIN_NAMES and _SECRET_NAMES.fullmatch(name) is not None",
    f"{_LOGS}::test_values_under_secret_names_are_redacted",
)
_logs.add(
    "logs: a Sanctum token in a text",
    r'r"|\b\d+\|[A-Za-z0-9]{20,}"',
    'r""',
    f"{_LOGS}::test_texts_shaped_like_secrets_are_redacted",
)
_logs.add(
    "logs: an e-mail address in a text",
    r'r"|[\w.+-]{1,64}@[\w-]++\.[\w.-]+"',
    'r""',
    f"{_LOGS}::test_texts_shaped_like_secrets_are_redacted",
)
_logs.add(
    "logs: no text is passed over",
    r'_PARTS_OF_SECRETS = re.compile(r"meo_|\||Bearer|Basic|\?|&|@|eyJ|/bot")',
    r'_PARTS_OF_SECRETS = re.compile(r"meo_|\||Bearer|Basic|@|eyJ|/bot")',
    f"{_LOGS}::test_texts_shaped_like_secrets_are_redacted",
)
_logs.add(
    "logs: at any depth",
    "{str(key): _redacted(str(key), inner) for key, inner in value.items()}",
    "dict(value)",
    f"{_LOGS}::test_secrets_inside_structures_are_redacted",
)
_logs.add(
    "logs: stack traces too",
    "        structlog.processors.format_exc_info,\n        redact,\n",
    "        redact,\n        structlog.processors.format_exc_info,\n",
    f"{_LOGS}::test_a_traceback_is_redacted",
)
Mutants("mainapp/secret.py").add(
    "secret: shows itself only when asked",
    'return "Secret(…)"',
    "return self.__text",
    f"{MAINAPP}secrets_stay_secret.py::test_a_secret_shows_itself_only_when_asked",
)

# --- The doors -----------------------------------------------------------------------------------

_execution = Mutants("petstools/execution.py")
_execution.add(
    "a refused token breaks the connection",
    "connections.end(self.caller.pk, Connection.EndReason.TOKEN_REFUSED, status=Connection.Status.BROKEN)",
    "pass",
    f"{TOOLS}every_tool.py::test_a_revoked_token_breaks_the_connection_and_sends_the_person_to_sign_in",
)
_execution.add(
    "little left is told at three",
    "least.remaining > LITTLE",
    "least.remaining >= LITTLE",
    f"{TOOLS}limit_left.py::test_it_is_told_when_little_is_left_and_not_before",
)
_mcp = Mutants("petstools/mcp/view.py")
_WHO = "tests/mcp/test_who_is_calling.py"
_mcp.add(
    "scopes: a call needs its own",
    "if not bearer.scopes.issuperset(needed):",
    "if False:",
    f"{_WHO}::test_a_call_without_its_scope_is_told_which_it_needs",
)
_mcp.add(
    "scopes: deletion may be withheld",
    "if tool.hints == DELETES and bearer.connection.withholds_deletion:",
    "if False:",
    f"{_WHO}::test_a_person_may_withhold_deletion_and_the_model_is_told",
)
_mcp.add(
    "mcp: no page of another origin",
    "if origin is not None and origin not in _origins():",
    "if False:",
    "tests/mcp/test_http.py::test_another_origin_is_refused_whoever_calls",
)
_elicitation = Mutants("petstools/mcp/elicitation.py")
_ASKS = "tests/mcp/test_elicitation.py"
_elicitation.add(
    "elicitation: only a yes is one",
    'if isinstance(content, Mapping) and response.get("action") == "accept" and content.get(YES) is True:',
    'if isinstance(content, Mapping) and response.get("action") == "accept":',
    f"{_ASKS}::test_anything_else_changes_nothing_and_the_model_is_told",
)
_elicitation.add(
    "elicitation: a no outweighs a confirmation beside it",
    'return {name: of for name, of in arguments.items() if name != "confirmation"}, True',
    "return arguments, True",
    f"{_ASKS}::test_anything_else_changes_nothing_and_the_model_is_told",
)
_elicitation.add(
    "elicitation: only who declares the form",
    'return isinstance(elicits, Mapping) and (not elicits or "form" in elicits) and not apps.draws(message.capabilities)',
    "return isinstance(elicits, Mapping)",
    f"{_ASKS}::test_every_other_client_gets_todays_answer",
)
_change_many = Mutants("petstools/tools/change_many.py")
_MANY = "tests/mcp/test_change_many.py"
_change_many.add(
    "change_many: a row's own word comes last",
    "[{**(set or {}), **row} for row in records]",
    "[{**row, **(set or {})} for row in records]",
    f"{_MANY}::test_a_record_says_otherwise_than_all",
)
_change_many.add(
    "change_many: one call takes all back",
    'rows.append({"kind": kind, **row})',
    'rows = [{"kind": kind, **row}]',
    f"{_MANY}::test_the_weights_are_all_of_yesterday_and_one_call_takes_it_back",
)
_short = Mutants("petstools/mcp/short.py")
_SHORT = "tests/mcp/test_short_answers.py"
_short.add(
    "short: what stood there before is told as it was",
    "one if name in _WHOLE else _short(one, left_out)",
    "_short(one, left_out)",
    f"{_SHORT}::test_what_stood_there_before_is_told_even_if_it_was_nothing",
)
_short.add(
    "short: weights that could not be read are not none",
    "(one is not None or name in _UNREAD)",
    "one is not None",
    f"{_SHORT}::test_weights_that_could_not_be_read_are_not_none",
)
_inputs = Mutants("petstools/inputs.py")
_DROPPED = f"{TOOLS}nothing_sent_is_dropped.py"
_inputs.add(
    "input: one field, one value",
    "elif field in named and named[field] != value:",
    "elif False:",
    f"{_DROPPED}::test_one_field_under_two_names_must_not_say_two_things",
)
_inputs.add(
    "input: ignored fields are named",
    "return Input(without_blanks(fields), tuple(sorted(ignored - set(tool.path_ids))))",
    "return Input(without_blanks(fields))",
    f"{_DROPPED}::test_what_a_tool_does_not_take_is_named_beside_what_it_did",
)
_inputs.add(
    "input: what is missing may be what was ignored",
    'if answer.reason == "missing" and answer.missing_fields:',
    "if False:",
    f"{_DROPPED}::test_what_is_missing_may_have_come_under_a_name_nobody_knows",
)
_inputs.add(
    "input: no id beyond what the main app has",
    "or int(value) > LARGEST_ID]",
    "]",
    f"{TOOLS}every_tool.py::test_trap_29_an_id_that_is_none_is_refused_before_any_call",
)

# --- Writes: once, and nobody else's undone ------------------------------------------------------

_writing = Mutants("petstools/tools/writing.py")
_ONCE = f"{TOOLS}nothing_doubled_nothing_lost.py"
_writing.add(
    "write: a lost one is looked for",
    "earlier = _written_since(attempt, find) if find is not None else None",
    "earlier = None",
    f"{_ONCE}::test_trap_17_a_deploy_that_empties_the_keys_doubles_nothing",
)
_writing.add(
    "write: an older twin is not the lost record",
    "is not None and moment >= since), None)",
    "is not None), None)",
    f"{_ONCE}::test_an_older_twin_of_the_lost_record_is_not_taken_for_it",
)
_writing.add(
    "write: the same call again finds its record",
    "still_there = None if again else _unchanged_or_undone(attempt, earlier_call, read)",
    "still_there = None",
    f"{TOOLS}add_records.py::test_the_same_call_again_finds_what_it_recorded",
)
_writing.add(
    "write: two minutes after a success it is a new one",
    "latest.state == State.DONE and latest.created_at <= now - REPEATED_WITHIN",
    "False",
    f"{TOOLS}add_records.py::test_else_it_is_a_new_one_where_there_may_be_two_and_shown_where_not",
)
_writing.add(
    "write: the two minutes count from the success",
    "attempt.created_at = timezone.now()\n",
    "attempt.created_at = attempt.created_at\n",
    f"{_ONCE}::test_the_two_minutes_count_from_the_success",
)
_writing.add(
    "write: a try that fails does not settle the one before",
    "if taken_up and not settles_earlier_attempts(error):",
    "if False:",
    f"{_ONCE}::test_a_try_that_can_not_be_sent_settles_nothing_for_records_that_are_not_looked_for",
)
_writing.add(
    "write: an unknown outcome keeps its key",
    "unsettled.update(state=State.UNKNOWN)",
    "unsettled.delete()",
    f"{_ONCE}::test_a_lost_answer_is_unknown_and_the_same_call_again_finds_the_record",
)
_writing.add(
    "write: a twin that fails undoes nothing",
    "unsettled = WriteAttempt.objects.filter(pk=attempt.pk, state__in=_UNSETTLED)",
    "unsettled = WriteAttempt.objects.filter(pk=attempt.pk)",
    f"{_ONCE}::test_a_twin_that_fails_does_not_undo_what_the_other_has_settled",
)
_writing.add(
    "update: nobody else's change is overwritten",
    "if held(now) != held(before):",
    "if False:",
    f"{TOOLS}update_records.py::test_a_change_by_somebody_else_in_the_same_field_is_a_conflict",
)
_writing.add(
    "update: sends the version it has read",
    'send({**body, "base_version": before.version}, new_key())',
    "send(body, new_key())",
    f"{TOOLS}update_records.py::test_a_change_by_somebody_else_in_the_same_field_is_a_conflict",
    f"{TOOLS}update_records.py::test_only_what_was_said_is_changed_in_three_calls_and_one_query",
)
_writing.add(
    "update: what stands there is not written",
    "if held(before) == dict(changes):",
    "if False:",
    f"{TOOLS}update_records.py::test_what_stands_there_already_is_not_written_again",
)
_writing.add(
    "delete: what never was is not called deleted",
    "if not _asked_lately(call, fingerprints):",
    "if False:",
    f"{TOOLS}records.py::test_a_record_that_is_not_there_or_of_another_pet_is_not_found",
    f"{TOOLS}delete_pet.py::test_a_pet_that_never_was_is_not_called_deleted",
)
Mutants("petstools/tools/pet_deletion.py").add(
    "delete: no pet without a yes",
    "if not confirmations.confirms(call, confirmation, about):",
    "if False:",
    f"{TOOLS}delete_pet.py::test_unconfirmed_it_says_what_would_go_and_nothing_happens",
)

# --- Many at once, and the overview --------------------------------------------------------------

_many = Mutants("petstools/tools/record_many.py")
_MANY = f"{TOOLS}record_many.py"
_many.add(
    "many: a name is of the living first",
    "best = best_called(living, name) or best_called(pets, name)",
    "best = best_called(pets, name)",
    _MANY,
)
_many.add(
    "many: what may have been written is not handed back",
    "stops and not error.outcome_unknown",
    "stops",
    _MANY,
)
_many.add(
    "many: what failed is not handed back",
    'if one["status"] == "not_written"]',
    'if one["status"] != "ok"]',
    f"{_MANY}::test_items_end_on_their_own_and_the_rest_goes_through",
)
_many.add(
    "many: a token that dies does not hide what was written",
    "if not self._written:",
    "if True:",
    f"{_MANY}::test_a_token_that_dies_in_the_middle_does_not_hide_what_was_written",
)
_many.add(
    "many: nothing is tried beyond the minute",
    "if not ids and rate is not None and rate.remaining <= 0:",
    "if False:",
    f"{_MANY}::test_what_does_not_fit_the_minute_limit_is_handed_back_untried",
)
_many.add(
    "many: a full minute stops its kind alone",
    'return "" in self.stopped or kind_name in self.stopped',
    "return bool(self.stopped)",
    _MANY,
)
_overview = Mutants("petstools/tools/overview.py")
_OVERVIEW = f"{TOOLS}pets_overview.py"
_overview.add(
    "overview: the person's today may be a day ahead",
    "due_within_days <= SOON_DAYS - 1:",
    "due_within_days <= SOON_DAYS:",
    _OVERVIEW,
)
_overview.add(
    "overview: overdue counts as due",
    "return bool(row.overdue) or (next_due is not None and (next_due - call.today).days <= within)",
    "return next_due is not None and (next_due - call.today).days <= within",
    f"{_OVERVIEW}::test_due_within_counts_overdue_ones_too",
)
_overview.add(
    "overview: unknown is last",
    "return sorted(known, key=key, reverse=descending) + unknown",
    "return unknown + sorted(known, key=key, reverse=descending)",
    f"{_OVERVIEW}::test_overdue_is_earlier_than_anything_upcoming_and_unknown_is_last_either_way",
)
_overview.add(
    "overview: no records that the person may not see",
    'allowed = [row for row in rows if row.shown["can_edit"]]',
    "allowed = list(rows)",
    f"{_OVERVIEW}::test_trap_12_pets_whose_records_the_person_may_not_see_are_marked_and_not_asked_for",
)

# --- What people say -----------------------------------------------------------------------------

_dates = Mutants("petstools/understand/dates.py")
_weight = Mutants("petstools/understand/weight.py")
_MEANING = f"{UNDERSTAND}meaning_of_days.py"
Mutants("petstools/understand/calendar_words.py").add(
    "marks: other marks are another word",
    "if bare != word and bare.isascii() and word not in _MARKED:",
    "if False:",
    f"{_MEANING}::test_a_word_with_other_marks_is_no_other_day",
)
_dates.add(
    "anchors: nothing is due before the shot",
    "return [min((day for day in days if day > anchor), default=None), future]",
    "return [future]",
    f"{UNDERSTAND}dates.py::test_nothing_is_due_before_the_shot_and_what_is_past_may_have_been_meant",
)
_dates.add(
    "anchors: of two readings those after the shot",
    "earliest = self.context.anchor or self.today",
    "earliest = self.today",
    f"{UNDERSTAND}dates.py::test_nothing_is_due_before_the_shot_and_what_is_past_may_have_been_meant",
)
_dates.add(
    "two readings: a year of two digits",
    'return self._possible_of("may be read in more than one way", [*others, year_first])',
    "return day_first",
    f"{_MEANING}::test_a_year_of_two_digits_is_never_chosen_between_two_readings",
)
_dates.add(
    "two readings: month first",
    "if not self.context.month_first or swapped is None or day == month:",
    "if True:",
    f"{_MEANING}::test_where_the_month_may_come_first_no_order_is_chosen",
)
_dates.add(
    "two readings: a day without a year that may be to come",
    "return self.context.one_of(what, [past, future] if self._may_be_ahead(past, future) else [past])",
    "return self.context.one_of(what, [past])",
    f"{_MEANING}::test_without_a_year_a_day_that_is_as_likely_to_come_is_asked_about",
)
_dates.add(
    "two readings: a day told twice is one day",
    "    if one != other:\n",
    "    if False:\n",
    f"{UNDERSTAND}dates.py::test_it_asks_rather_than_guesses",
)
_dates.add(
    "instants: in the person's zone",
    "datetime.combine(day, clock, there).astimezone(context.zone).date()",
    "day",
    f"{UNDERSTAND}dates.py::test_an_instant_is_the_day_it_is_where_the_person_is",
)
_weight.add(
    "whole or asked: words beside a weight",
    "    if not spoken.whole:\n",
    "    if False:\n",
    f"{UNDERSTAND}weight.py::test_it_asks_rather_than_guesses",
)
_weight.add(
    "marks: a weight's words as they are spelled",
    "if not _spelled_right(text) or re.search(",
    "if re.search(",
    f"{UNDERSTAND}whole_or_asked.py::test_rule_2_in_a_weight",
)
_weight.add(
    "two readings: a point of thousands",
    "for thousands in (False, True):",
    "for thousands in (False,):",
    f"{UNDERSTAND}weight.py::test_it_asks_rather_than_guesses",
)
Mutants("petstools/understand/species.py").add(
    "whole or asked: words beside a kind of animal",
    "certain = bool(meanings) and not reading.left and not reading.asking",
    "certain = bool(meanings)",
    f"{UNDERSTAND}whole_or_asked.py::test_rule_1_a_word_left_over_is_asked_about",
)
Mutants("petstools/understand/pet_status.py").add(
    "whole or asked: a status of every word",
    "if (reading.whole or signs_alone) and len(named) == 1 and not named & denied:",
    "if len(named) == 1 and not named & denied:",
    f"{UNDERSTAND}pet_status.py::test_it_asks_about_what_may_be_meant_otherwise",
)
Mutants("petstools/understand/chip_number.py").add(
    "chip number: 000 and 999 are nobody's",
    r'_ISO = re.compile(r"(?!000|999)\d{15}")',
    r'_ISO = re.compile(r"\d{15}")',
    f"{UNDERSTAND}chip_number.py::test_it_asks_about_what_can_be_no_chip_number",
)
Mutants("petstools/understand/spans.py").add(
    "spans: the largest unit first, each once",
    "if sizes != sorted(set(sizes)):",
    "if False:",
    f"{UNDERSTAND}dates.py::test_it_asks_rather_than_guesses",
    f"{UNDERSTAND}birthday.py::test_it_asks_rather_than_guesses",
)
Mutants("petstools/understand/person_day.py").add(
    "days: UTC's day is the main app's",
    "    if day <= today:\n        return None\n",
    "    return None\n",
    f"{UNDERSTAND}person_day.py",
)
