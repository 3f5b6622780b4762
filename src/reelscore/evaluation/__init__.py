"""How good the answers are: metrics, datasets and the runner behind `reelscore eval`.

`metrics` holds pure functions and lies low in the table of layers; `datasets`, `readers` and `runner` lie
high. What a figure means, and the figures that were measured, are in `docs/evaluation.md`.
"""
