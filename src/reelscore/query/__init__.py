"""What is searched for: a sentence, an analysis and a guide become one query. Pure."""
