"""Vector indexes: the contract, Qdrant Edge, a Qdrant server, and who owns a library.

`base` has the contract that every index keeps. `edge` is the embedded default, `qdrant` a server that
several processes share. `ownership` keeps two processes from opening one embedded library. Import the
module that you need: nothing heavy is loaded here.
"""
