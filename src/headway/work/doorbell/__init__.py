"""Work that others call for: Celery delivers messages, each of which says that a queue has something, and the store says what."""
