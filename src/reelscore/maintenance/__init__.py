"""Keep a library whole: damage found and repaired, moved, embedded again."""
