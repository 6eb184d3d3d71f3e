"""Zalo's products that this service speaks to."""

from chat.zalo.adapters import Adapter
from chat.zalo.bot import Bot
from chat.zalo.models import Account
from chat.zalo.official_account import OfficialAccount

ADAPTERS: dict[str, Adapter] = {Account.Product.OFFICIAL_ACCOUNT: OfficialAccount(), Account.Product.BOT: Bot()}
