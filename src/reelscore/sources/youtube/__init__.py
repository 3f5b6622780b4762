"""Music videos of YouTube: metadata, and sound only if the user opted in."""
