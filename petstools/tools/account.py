"""Who is connected (contract §10.1), and what is left of the day's requests where that is known (§2.2)."""

from petstools import own_pages, quota
from petstools.answers import Answer, Done
from petstools.serializers import account as forms
from petstools.tools.base import READS, Call, tool


@tool(
    "See who is connected",
    "Call this when the person asks which account is connected, why something is not possible (e-mail not verified, storage full, "
    "daily limit), or for what no operation does (e-mail, password, sharing): pages says where they do it.",
    facts="Which account is connected, since when, and what limits it: e-mail not verified, storage full, daily limit.",
    answer=forms.AccountAnswer,
    scopes=("pets:read",),
    hints=READS,
)
def get_account(call: Call) -> Answer:
    account = call.client.account()
    connection = call.connection
    storage = None
    if account.storage_used_bytes is not None and account.storage_limit_bytes is not None:
        storage = {"used_bytes": account.storage_used_bytes, "limit_bytes": account.storage_limit_bytes}
    return Done(
        {
            "name": account.name,
            "language": account.locale or call.language,
            "connected_since": connection.created_at.date().isoformat(),
            "connected_until": connection.expires_at.date().isoformat(),
            "email_verified": account.email_verified,
            "can_change_things": account.email_verified and not account.is_banned,
            "plan": "premium" if account.is_premium else "regular",
            "storage": storage,
            "daily_quota": quota.known(connection, call.now),
            "pages": {"account": own_pages.account(), "pet": own_pages.pet("{pet_id}")},
        }
    )
