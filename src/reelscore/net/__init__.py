"""The way to outside services: one HTTP client, retry, rate limit, daily quota, temporary files."""
