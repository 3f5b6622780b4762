"""Words as people write them: names, titles, folding. Pure."""
