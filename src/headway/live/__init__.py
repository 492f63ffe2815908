"""How news spreads: the bus between processes, the hub of one process, and what a viewer hears of it."""
