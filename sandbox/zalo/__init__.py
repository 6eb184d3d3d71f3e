"""A stand-in for Zalo, both products, in memory: an Official Account and its open API, and a bot of the Bot Platform.

`python -m sandbox.zalo --help` serves it beside a connector, with a page to chat by hand; tests use `sandbox.zalo.server.ZaloServer`.
Never imported by the product. Source: zalo-api.md; docs/zalo.md lists what only a real account can tell.
"""
