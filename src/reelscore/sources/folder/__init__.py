"""Music in folders: files, their tags and covers."""
