"""Addresses that Zalo calls and its people open."""

from django.urls import path

from chat.zalo import pages
from chat.zalo.models import Account
from chat.zalo.webhook import granted, webhook

urlpatterns = [
    path("zalo/webhook", webhook(Account.Product.OFFICIAL_ACCOUNT), name="zalo-webhook"),
    path("zalo/bot", webhook(Account.Product.BOT), name="zalo-bot"),
    path("zalo/link/<str:token>", pages.LinkView.as_view(), name="zalo-link"),
    path("zalo/linked", pages.LastPageView.as_view(), name="zalo-linked"),
    path("zalo/granted", granted, name="zalo-granted"),
]
