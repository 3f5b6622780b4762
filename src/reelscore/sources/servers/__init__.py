"""Music servers: their catalogue, their sound, stars, and playlists written back; a module for each API."""
