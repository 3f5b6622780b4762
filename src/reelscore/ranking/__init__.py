"""From hits and measurements to an ordered, explained answer. Pure."""
