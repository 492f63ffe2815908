"""How runs are executed: a worker claims them, a supervisor watches each, a child process runs the user's code."""
