"""Sound: the one opener of audio files, and pure functions that measure what is in a clip.

`decode` opens files; `features.measure` gives all that is measured in a track, from `spectrum`, `rhythm`,
`tonality`, `loudness` and `energy`; `fingerprint` and `mel` serve the embedders. Import the module that you
need: nothing heavy is loaded here, and FFmpeg only once a file is opened.
"""
