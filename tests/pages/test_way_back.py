"""The button leads to the very GPT the person came from where that is ChatGPT's, to ChatGPT's front page otherwise."""

import pytest
from django.test import Client

from oauthbridge.models import AuthorizationRequest
from tests.pages.walking import page_of, sign_in

pytestmark = pytest.mark.django_db

Status = AuthorizationRequest.Status


@pytest.mark.parametrize("host", ["chatgpt.com", "chat.openai.com"])
@pytest.mark.parametrize("status", [Status.CONNECTED, Status.EXPIRED, Status.MAIN_APP_AWAY])
def test_it_leads_to_the_gpt_of_the_sign_in(client: Client, host: str, status: Status) -> None:
    come_back = sign_in(client, status, redirect_uri=f"https://{host}/aip/g-Meo123/oauth/callback")

    assert page_of(come_back("en")).way_back == "https://chatgpt.com/g/g-Meo123"


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://app.example.com/callback",
        "https://chatgpt.com.evil.example/aip/g-Meo123/oauth/callback",
        "https://evil.example/https://chatgpt.com/aip/g-Meo123/oauth/callback",
        "https://chatgpt.com/aip/g-Meo123/../../evil/oauth/callback",
        "https://chatgpt.com/aip/g-Meo123/oauth/callback?next=https://evil.example",
        "http://chatgpt.com/aip/g-Meo123/oauth/callback",
        'https://chatgpt.com/aip/g-"><script>/oauth/callback',
    ],
)
def test_no_other_callback_decides_where_it_leads(client: Client, redirect_uri: str) -> None:
    come_back = sign_in(client, Status.EXPIRED, redirect_uri=redirect_uri)

    assert page_of(come_back("en")).way_back == "https://chatgpt.com/"


def test_without_a_sign_in_it_leads_to_the_front_page(client: Client) -> None:
    assert page_of(client.get("/oauth/callback")).way_back == "https://chatgpt.com/"
