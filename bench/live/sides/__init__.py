"""Who takes part in `bench/live/fanout.py`: our server and worker, its viewers, its peers."""
