"""Lay a song under a picture: plans and fits of a library's songs, and their hand-off to editors."""
