"""Measurements of Headway and its peers. `python -m bench --list` says which questions they answer; see bench/README.md."""
