"""The command `headway`. A command is a file of its own, imported only when it is called."""
