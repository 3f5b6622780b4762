"""A timeline taken away: one pure writer a format, and the mix.

Every writer is a function of a `Timeline` that gives text or bytes. Frames and samples are integers; each
edge is rounded once, in `frame_grid`. Quirks of an editor are named at the line that serves them.
"""
