"""Names in the environment of a process of schemathesis, which `security/hooks.py` reads."""

HOME, NAME, COUNTS = "SECURITY_HOME", "SECURITY_CALLER", "SECURITY_COUNTS"
"""The home of the attacked installation, who attacks, and the file for what was counted."""
