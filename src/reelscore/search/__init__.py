"""From a question to ranked songs: understand, retrieve, rerank, explain."""
