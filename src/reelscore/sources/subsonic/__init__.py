"""Music servers that speak OpenSubsonic: their catalogue, their sound, and playlists written back."""
