"""The process that owns a library, asked over HTTP by others of the same machine."""
