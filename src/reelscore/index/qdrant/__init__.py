"""A Qdrant server behind the index contract."""
