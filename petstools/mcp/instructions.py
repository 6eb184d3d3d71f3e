"""What a model reads of this server before its tools (`instructions.txt`).

Clients keep the first 512 characters at least, so the rules stand there. The GPT's own instructions (docs/gpt/instructions.md)
say the same at more length; what a tool's description says is not repeated.
"""

from pathlib import Path

INSTRUCTIONS = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").strip()
