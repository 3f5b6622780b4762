"""How good the answers are: metrics, datasets and the runner behind `reelscore eval`.

`metrics` holds pure functions, which training asks too. What a figure means, and the figures that were
measured, are in `docs/evaluation.md`.
"""
