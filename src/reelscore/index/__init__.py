"""Vector indexes: the contract, Qdrant Edge, a Qdrant server, exact search in memory, and who owns a library.

`base` has the contract that every index keeps. `edge` is the embedded default, `server` is shared by several
processes, `memory` serves tests and small searches. `ownership` keeps two processes from opening one embedded
library. Import the module that you need: nothing heavy is loaded here.
"""
