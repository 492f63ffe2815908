"""Who is connected, over all nodes."""
