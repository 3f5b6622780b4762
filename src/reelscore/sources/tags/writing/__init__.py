"""Tags of a file changed so that every other byte of it stays: one pure writer for each kind of tag."""
