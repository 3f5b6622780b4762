"""Music for a picture that is still coming: looking, deciding calmly, choosing, mixing, and what sends it."""
