"""Figures: pure functions that take records and arrays and give a Matplotlib figure.

`track` draws what was measured in one file, `library` what many songs look like beside each other,
`canvas` has the look of all figures and writes them. Matplotlib comes with the extra "plot" and is loaded
with the first figure.
"""
