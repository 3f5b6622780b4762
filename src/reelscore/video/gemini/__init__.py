"""Video analysis by Google's Gemini, over its API.

`analyzer` holds the analyser and its order of events; `client` is the only module that knows the SDK and
the network; `schema` turns the answer, which is data from outside, into a checked record; `sampling`
makes the small copy of the video that is sent; `reporting` is where the user is told, and may cancel.
"""
