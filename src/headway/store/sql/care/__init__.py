"""Looking after a store: bring it up, copy it, put a copy back, check it, move it. Nothing here serves anybody; commands call it."""
