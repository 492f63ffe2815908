"""Attacks on a real server that are generated from its own description, and the tools of others that look for known mistakes."""
