"""What runs in the conversion process, where untrusted files are opened.

Nothing here may import Django, read settings or need a secret: the process has none (see `process.py`).
"""
