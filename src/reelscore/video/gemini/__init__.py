"""Video analysis by Google's Gemini, over its API.

`analyzer` holds the analyser and its order of events; `client` is the only module that knows the SDK and
the network; `sampling` makes the small copy of the video that is sent. What is asked, and how the answer is
checked, is in `video.asking`.
"""
