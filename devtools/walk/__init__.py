"""How many files of ours a tool call walks through, from socket to socket: `python -m devtools.walk`."""
