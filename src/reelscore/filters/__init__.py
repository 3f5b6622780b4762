"""What a song can be filtered by: reading filters, and what each demands. Pure."""
