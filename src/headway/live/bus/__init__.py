"""How news cross a process border."""
