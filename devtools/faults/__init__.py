"""`make faults`: what the connector does when something around it fails, as real processes show it (docs/reliability.md)."""
