"""What is wrong on purpose, so that the tools can show that they find it."""
