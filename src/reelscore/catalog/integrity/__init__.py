"""What can be wrong with what is stored, and what repairs it."""
