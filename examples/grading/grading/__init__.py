"""A class's answer sheets, graded by machine."""
