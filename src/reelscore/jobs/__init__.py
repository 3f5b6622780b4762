"""Long work: the queue that runs it later, with progress, cancelling, and life beyond a restart."""
