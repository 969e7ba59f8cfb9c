"""Measurements: what the project claims about speed and quality, and the raw figures behind it."""
