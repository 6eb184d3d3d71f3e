"""The door for people without an assistant: text in, text out, by rules and word tables, on the same tools as the other doors.

`reading` tells what a sentence means or that it is not understood whole; `conversation` does it or asks (docs/decisions/chat.md).
"""
