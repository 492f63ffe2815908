"""What user code calls. Standard library only; every name users need is an attribute of `headway` itself."""
