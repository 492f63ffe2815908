"""Headway within what people have already: FastAPI, tqdm. A file for each, imported by nobody but its users."""
