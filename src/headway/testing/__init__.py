"""What we ship for tests: doubles that are real implementations, and suites that a backend must pass."""
