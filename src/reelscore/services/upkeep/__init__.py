"""Keep a library whole: indexes in step with SQL, damage found and mended, moved, reindexed, mapped."""
