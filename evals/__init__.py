"""Conversations that any model can play, judged by the state that they leave (docs/evals.md)."""
