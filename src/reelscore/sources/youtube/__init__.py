"""Music videos of YouTube: metadata, and sound only where the user opted in."""
