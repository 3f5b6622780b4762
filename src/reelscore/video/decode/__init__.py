"""Opening video files, and the one pass over their pictures."""
