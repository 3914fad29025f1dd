"""Measurements of speed and memory, each beside a yardstick taken in the same run."""
