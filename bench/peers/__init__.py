"""The peers that our figures stand beside, measured in the same run, on the same machine, in a virtual environment of their own."""
