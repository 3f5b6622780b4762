"""From a source to SQL and the indexes: fetch, listen and write side by side, and note what files mean."""
