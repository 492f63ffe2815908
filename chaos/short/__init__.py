"""A quarter of an hour of workers in seconds: the real store, depot, acts and reaper, by a clock that the trial owns."""
