"""Who may send events, whose they are, what is kept of them, and what a conversation may store (docs/zalo.md)."""

from devtools.mutants.mutant import Mutants

ZALO = "tests/zalo/test_"
BOT = "tests/zalo/bot/test_bot_"

# --- Events: signed, of our account, once --------------------------------------------------------

_official = Mutants("chat/zalo/official_account.py")
_WEBHOOK = f"{ZALO}webhook.py"
_official.add(
    "zalo: a wrong signature is refused",
    'if not hmac.compare_digest(signature.removeprefix("mac=").encode(), expected):',
    "if not signature:",
    f"{_WEBHOOK}::test_2_2_what_somebody_else_signed_is_refused",
)
_official.add(
    "zalo: the account's secret signs",
    "timestamp.encode() + secret.encode()",
    "timestamp.encode()",
    f"{_WEBHOOK}::test_2_2_what_zalo_signed_is_taken",
)
_official.add(
    "zalo: the body is signed as it came",
    "signed = settings.ZALO_APP_ID.encode() + body +",
    "signed = settings.ZALO_APP_ID.encode() + body.strip() +",
    f"{_WEBHOOK}::test_2_2_each_byte_counts",
)
_official.add(
    "zalo: the signature may stand behind mac=",
    'signature.removeprefix("mac=")',
    "signature",
    f"{_WEBHOOK}::test_2_2_what_zalo_signed_is_taken",
)
_official.add(
    "zalo: an account that is not ours is refused",
    'raise Refused("unknown_account")',
    "return next(iter(settings.ZALO_OFFICIAL_ACCOUNTS))",
    f"{_WEBHOOK}::test_2_2_an_account_that_is_not_ours_is_refused",
)
_official.add(
    "zalo: each account has its own secret",
    "settings.ZALO_OFFICIAL_ACCOUNTS[own_id])",
    "next(iter(settings.ZALO_OFFICIAL_ACCOUNTS.values())))",
    f"{_WEBHOOK}::test_2_2_two_accounts_have_a_secret_each",
)
_official.add(
    "zalo: what is older than two days is forgotten",
    "if now - sent_at > DUPLICATES_COME_WITHIN:",
    "if False:",
    f"{_WEBHOOK}::test_2_1_what_is_50_hours_old_is_not_asked_for_again_and_without_effect",
)
_official.add(
    "zalo: nothing that is said in a group is kept",
    'if kind is None or "group_id" in event or "group_info" in event:',
    "if kind is None:",
    f"{_WEBHOOK}::test_2_3_what_is_said_in_a_group_is_forgotten",
)
_official.add(
    "zalo: a person's message goes to the account that it names",
    'if not isinstance(message, dict) or _id_in(event, "recipient") != own_id:',
    "if not isinstance(message, dict):",
    f"{_WEBHOOK}::test_2_3_a_message_to_somebody_else_is_refused_though_it_names_our_account",
)
_webhook = Mutants("chat/zalo/webhook.py")
_webhook.add(
    "zalo: what is not from Zalo is 403",
    'return _refused(product, refusal.reason, 200 if refusal.reason == "too_old" else 403)',
    "return _refused(product, refusal.reason, 200)",
    f"{_WEBHOOK}::test_2_2_what_somebody_else_signed_is_refused",
)
_webhook.add(
    "zalo: a repeat is taken and not done",
    'except IntegrityError:\n        return "duplicate"',
    "except IntegrityError:\n        pass",
    f"{_WEBHOOK}::test_2_1_a_repeat_is_answered_200_and_done_once",
)
_webhook.add(
    "zalo: one person's flood is not kept",
    'return max(int(counted["before"]), int(counted["after"])) >= EVENTS_PER_MINUTE',
    "return False",
    f"{_WEBHOOK}::test_after_twenty_in_a_minute_one_notice_and_then_silence",
)
_webhook.add(
    "zalo: what was written over hours is no flood",
    'return max(int(counted["before"]), int(counted["after"])) >= EVENTS_PER_MINUTE',
    "return True",
    f"{_WEBHOOK}::test_what_was_written_over_hours_is_kept_though_it_comes_at_once",
)
_webhook.add(
    "zalo: a flood is one whichever end comes first",
    'return max(int(counted["before"]), int(counted["after"])) >= EVENTS_PER_MINUTE',
    'return int(counted["before"]) >= EVENTS_PER_MINUTE',
    f"{_WEBHOOK}::test_what_was_written_too_fast_is_too_much_whenever_it_comes",
)
Mutants("chat/zalo/bot.py").add(
    "zalo: a bot's events have the webhook's secret",
    "if not hmac.compare_digest(token, settings.ZALO_BOT_WEBHOOK_SECRET.encode()):",
    "if False:",
    f"{BOT}webhook.py::test_without_the_secret_nothing_is_read",
)

# --- One at a time, in order, once ---------------------------------------------------------------

_work = Mutants("chat/zalo/work.py")
_work.add(
    "zalo: in the order in which it was written",
    '.order_by("sent_at", "pk")',
    '.order_by("-sent_at", "pk")',
    f"{ZALO}answering.py::test_what_waits_is_answered_in_the_order_in_which_it_was_written",
)
_work.add(
    "zalo: what may have been stored is not done again",
    "_interrupted(event) if again and _may_have_written(event) else _answer(event)",
    "_answer(event)",
    f"{ZALO}answering.py::test_what_a_dead_worker_had_only_begun_is_done_and_what_it_may_have_stored_is_not",
)
_work.add(
    "zalo: what was only begun is done",
    "_interrupted(event) if again and _may_have_written(event) else _answer(event)",
    "_interrupted(event) if again else _answer(event)",
    f"{ZALO}answering.py::test_what_a_dead_worker_had_only_begun_is_done_and_what_it_may_have_stored_is_not",
)
_work.add(
    "zalo: a text goes when it is answered",
    'event.sealed, event.key_id = None, ""',
    "pass",
    f"{ZALO}answering.py::test_nothing_of_what_was_said_stays",
)
_work.add(
    "zalo: an answer is its lease-holder's to store",
    "        lease.hold()\n",
    "",
    f"{ZALO}lease.py::test_an_answer_is_not_stored_by_who_is_too_late",
)
_work.add(
    "zalo: who lost the lease makes no call",
    "    MAY_GO_ON.set(lease.check)\n",
    "",
    f"{ZALO}lease.py::test_a_worker_that_lost_it_stores_nothing_and_says_nothing",
)
_work.add(
    "zalo: who has to wait is left alone until then",
    "lease.let_go(timezone.now() + timedelta(seconds=later.seconds))",
    "lease.let_go()",
    f"{ZALO}answering.py::test_what_comes_too_fast_for_the_tools_waits_and_is_done",
)
_lease = Mutants("chat/zalo/lease.py")
_LEASE = f"{ZALO}lease.py"
_lease.add(
    "lease: one for a person",
    "free = Q(busy_until=None) | Q(busy_until__lt=now) | Q(busy_by=self._me)",
    "free = Q()",
    f"{_LEASE}::test_a_person_has_one_worker",
)
_lease.add(
    "lease: it runs out",
    "free = Q(busy_until=None) | Q(busy_until__lt=now) | Q(busy_by=self._me)",
    "free = Q(busy_until=None) | Q(busy_by=self._me)",
    f"{_LEASE}::test_who_could_not_renew_it_does_nothing_more",
)
_lease.add(
    "lease: who could not renew it may not go on",
    "if time.monotonic() - self._renewed_at > (LEASE - RENEWED_EVERY).total_seconds():",
    "if False:",
    f"{_LEASE}::test_who_could_not_renew_it_does_nothing_more",
)

# --- Who is it -----------------------------------------------------------------------------------

_linking = Mutants("chat/zalo/linking.py")
_LINKING = f"{ZALO}linking.py"
_ATTACKS = f"{_LINKING}::TestAttacks"
_linking.add(
    "link: once",
    "if offer.used_at is not None:",
    "if False:",
    f"{_ATTACKS}::test_a_link_that_serves_no_more_says_so",
)
_linking.add(
    "link: for ten minutes",
    "if offer.expires_at <= timezone.now():",
    "if False:",
    f"{_ATTACKS}::test_a_link_that_serves_no_more_says_so",
)
_linking.add(
    "link: only its digest is stored",
    "digest=digest(token), expires_at",
    "digest=token, expires_at",
    f"{_LINKING}::test_only_a_digest_of_the_link_is_stored_and_no_log_has_it",
)
_linking.add(
    "link: one at a time",
    "if open_offer is not None:",
    "if False:",
    f"{_LINKING}::test_repeated_messages_get_the_same_advice_and_no_more_links",
)
_linking.add(
    "link: of the browser that began",
    "used.sign_in.browser_digest == digest(browser_id)",
    "True",
    f"{_ATTACKS}::test_two_browsers_that_were_shown_one_link_are_not_one_sign_in",
)
_linking.add(
    "link: nobody is connected twice",
    "    if is_linked(sender):\n        raise Refused(Problem.CHAT_CONNECTED)\n    if connection",
    "    if connection",
    f"{_ATTACKS}::test_connected_meanwhile_it_is_not_connected_to_somebody_else",
)
_linking.add(
    "link: it ties the sender who was given it",
    ".get(pk=offer.sender_id)",
    '.filter(account=offer.sender.account).order_by("pk")[0]',
    f"{_ATTACKS}::test_another_senders_link_ties_that_sender_alone",
)
_linking.add(
    "link: who did not ask for it burns it",
    "        LinkOffer.objects.filter(pk=offer.pk).update(used_at=timezone.now())\n",
    "",
    f"{_LINKING}::test_who_did_not_ask_for_it_burns_the_link",
)
_linking.add(
    "link: unfollowed for thirty days it ends",
    "zalo_sender__unfollowed_at__lt=now - UNFOLLOWED_KEPT",
    "zalo_sender__unfollowed_at__lt=now",
    f"{_LINKING}::test_unfollowing_sends_nothing_and_following_again_finds_everything",
)
_pages = Mutants("chat/zalo/pages.py")
_pages.add(
    "link: the first page's form is this browser's",
    'if browser_id is None or not _is_form_token(form.get("token", ""), offer, browser_id):',
    "if browser_id is None:",
    f"{_ATTACKS}::test_rfc9700_4_7_a_forged_form_goes_nowhere",
)
_pages.add(
    "link: the last page's form is this browser's",
    'if not is_form_token(form.get("token", ""), sign_in, browser_id or ""):',
    "if False:",
    f"{_ATTACKS}::test_rfc9700_4_7_a_forged_form_goes_nowhere",
)
_pages.add(
    "link: no to the last question ends the token",
    "            consent.let_go(sign_in)\n            metrics",
    "            metrics",
    f"{_LINKING}::test_who_says_no_at_the_end_leaves_no_token_alive",
)
_pages.add(
    "link: refused at the end the token ends",
    "            consent.let_go(sign_in, Status.CLIENT_CHANGED)\n",
    "",
    f"{_ATTACKS}::test_connected_meanwhile_it_is_not_connected_to_somebody_else",
)

# --- An Official Account's tokens ----------------------------------------------------------------

_tokens = Mutants("chat/zalo/tokens.py")
_TOKENS = f"{ZALO}tokens.py"
_tokens.add(
    "zalo tokens: at four fifths of their life",
    "REFRESHED_AT = 0.8",
    "REFRESHED_AT = 1.0",
    f"{_TOKENS}::test_at_four_fifths_of_its_life_it_is_refreshed_once",
)
_tokens.add(
    "zalo tokens: both of the pair are stored",
    'Tokens(Secret(pair["access_token"]), Secret(pair["refresh_token"]))',
    'Tokens(Secret(pair["access_token"]), Secret(form.get("refresh_token", "")))',
    f"{_TOKENS}::test_a_new_pair_s_refresh_token_is_the_next_one_used",
)
_tokens.add(
    "zalo tokens: who waited for the lock does not refresh again",
    "        if tokens.access != spent:\n",
    "        if False:\n",
    f"{_TOKENS}::test_who_comes_second_finds_it_refreshed",
)
_tokens.add(
    "zalo tokens: refused for good they stop the account",
    "        if failure.stopped:\n",
    "        if False:\n",
    f"{_TOKENS}::test_a_refresh_token_that_is_spent_stops_the_account_until_a_new_grant",
)
_tokens.add(
    "zalo tokens: a stopped account asks no more",
    "if tokens is None or account.stopped_at is not None:",
    "if tokens is None:",
    f"{_TOKENS}::test_a_refresh_token_that_is_spent_stops_the_account_until_a_new_grant",
)
_tokens.add(
    "zalo tokens: an answer that is none is not final",
    'raise NoToken(f"not now ({answer.status})", stopped=False)',
    'raise NoToken(f"not now ({answer.status})", stopped=True)',
    f"{_TOKENS}::test_a_refresh_that_can_help_later_is_tried_later",
)
_outbox = Mutants("chat/zalo/outbox.py")
_SENDING = f"{ZALO}sending.py::test_"
_outbox.add(
    "zalo: nothing is sent to who unfollowed",
    "if event.sender.unfollowed_at is not None:",
    "if False:",
    f"{_SENDING}who_has_unfollowed_meanwhile_is_sent_nothing",
)
_outbox.add(
    "zalo: nothing is sent that costs money",
    'return "window" if now - last > WINDOW else None',
    "return None",
    f"{_SENDING}4_1_what_waited_for_48_hours_is_given_up_where_it_would_be_sent",
)

# --- What a sentence may store -------------------------------------------------------------------

_reading = Mutants("chat/reading.py")
_SENTENCES = "tests/chat/test_sentences.py"
_reading.add(
    "chat: a question stores nothing",
    "return _looked_up(meaning) if sentence.asking else meaning",
    "return meaning",
    _SENTENCES,
)
_reading.add(
    "chat: somebody else's words store nothing",
    "for meaning in meanings}) > 1 or not plain:",
    "for meaning in meanings}) > 1:",
    _SENTENCES,
)
_reading.add(
    "chat: a name's case form may be what she was given",
    'to_whom = span.kind == "of" or (span.in_a_case and ahead not in ("my", "took"))',
    'to_whom = span.kind == "of"',
    _SENTENCES,
)
_reading.add(
    "chat: what may be food is asked about",
    "unsure=_unsure(spans, tags),",
    "unsure=False,",
    _SENTENCES,
)
_reading.add(
    "chat: I am not the pet",
    'if span.kind == "we" and any(',
    'if span.kind == "we" and not any(',
    _SENTENCES,
)
_reading.add(
    "chat: an appointment is no visit",
    'if span.kind in ("to_vet", "for_shot") and all(',
    'if span.kind in ("to_vet", "for_shot") and not any(',
    _SENTENCES,
)
_reading.add(
    "chat: with a pet is not the pet",
    'if span.kind == "took" and not kinds & TAKEN_TO:',
    "if False:",
    _SENTENCES,
)
Mutants("chat/languages/__init__.py").add(
    "chat: what is another word without its marks needs them",
    "and not (len(spelling) == 1 and spelling[0] in self.only_marked)",
    "and True",
    _SENTENCES,
)
_deeds = Mutants("chat/deeds.py")
_deeds.add(
    "chat: the time of another day is asked about",
    'earlier = not EARLIER.isdisjoint(slots["tags"]) or slots.get("hour", 0) > self.at.hour',
    'earlier = not EARLIER.isdisjoint(slots["tags"])',
    "tests/chat/test_conversation.py::test_a_time_of_day_that_was_another_days_is_asked_about",
)
_deeds.add(
    "chat: home again is asked about",
    'if status == "active" and not slots.get("sure"):',
    "if False:",
    "tests/chat/test_conversation.py::test_lost_and_found",
)
Mutants("chat/conversation.py").add(
    "chat: what is late stores nothing",
    "if late and INTENTS_BY_NAME[meaning.intent].writes:",
    "if False:",
    "tests/chat/test_conversation.py::test_a_late_message_writes_nothing",
)
