"""Where music comes from: each source offers tracks and fetches the sound of one.

`base` has the contract; `folder` reads audio files, `demo` the music of a package, `itunes` and `youtube` ask
services, `servers` a music server. Import the module that you need: nothing heavy is loaded here.
"""
