"""The local analyser: from measurements to the music that a video wants, without a key or a network."""
