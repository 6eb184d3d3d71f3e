"""A stand-in for Zalo, both products, in memory: an Official Account with its open API, and a bot of the Bot Platform.

`python -m sandbox.zalo --help` serves it beside a connector, with a page to chat by hand; tests use `sandbox.zalo.server.ZaloServer`.
Never imported by the product. What it imitates was read in the vendor's pages and code in 2026 (docs/zalo.md tells which, and what no real
account has confirmed).
"""
