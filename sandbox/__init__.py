"""A stand-in for the Laravel main app: its HTTP contract kept in memory, for the demo, the tests and by hand.

Never imported by the product; only by `manage.py sandbox` and by tests. Source: contract main-app.md v1.18.5 and its
golden recordings.
"""
