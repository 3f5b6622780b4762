"""Video analysis by a vision model of one's own, at any endpoint that speaks OpenAI's chat completions.

`frames` takes a few pictures of a video; `dialect` writes the request and reads the answers of the servers
that there are; `client` asks; `analyzer` holds the order of events. What is asked is in `video.asking`.
"""
