"""Music under a cut: which place of a song suits the cuts, and a song that fits a length. Pure."""
