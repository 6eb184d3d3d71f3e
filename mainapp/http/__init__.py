"""Hosts that are neither the main app nor ours: asked by address, within a time, and never inside our own network."""
