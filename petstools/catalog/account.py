"""The tool about the account, in the words by which a model chooses it."""

from petstools.serializers import account as forms
from petstools.tools import account
from petstools.tools.registry import READS, Tool

GET_ACCOUNT = Tool(
    name="get_account",
    run=account.get_account,
    summary="See who is connected",
    description="Call this when the person asks which account is connected, since when, or why something is not possible "
    "(e-mail not verified, storage full, daily limit). Not needed before other operations.",
    answer=forms.AccountAnswer,
    scopes=("pets:read",),
    hints=READS,
)
