"""Zalo, for people in Vietnam: an Official Account or a bot that one writes to; what is written is answered by the conversation of
`chat` (docs/contract/zalo-api.md).

`webhook` stores what comes and answers at once; `work` answers it later, each person's messages in order; `official_account` and
`bot` know what is particular to either product, `linking` who may be talked to about their pets.
"""
