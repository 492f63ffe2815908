"""Where a worker takes its runs from, and hands in what becomes of them."""
