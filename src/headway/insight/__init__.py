"""What the past says: of how things go, and of when a run will end. Reads snapshots; decides nothing."""
