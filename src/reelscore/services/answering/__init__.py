"""From a question to ranked songs: search, names, ranking, passages and reasons."""
