"""How the outside talks to us: REST, the live socket, problems. The only room with FastAPI."""
