"""Limits that hold for a person, or an address, over all nodes."""
