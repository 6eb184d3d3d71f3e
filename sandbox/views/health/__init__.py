"""Weights, medical records, vaccinations and microchips (main-app.md §8)."""
