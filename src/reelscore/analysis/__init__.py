"""One look at one file: hearing a track, analysing a video."""
