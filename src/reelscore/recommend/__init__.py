"""Ranking: pure functions from hits and measurements to an ordered, explained answer. No I/O."""
