"""Readers of the tags in sound files, one for each way in which they are written.

Each gives the same thing: field -> values in the order of the file, text as it stands there. What the fields
mean is said in `reelscore.sources.tags.meaning`, once for all of them.
"""
