"""The contract suite: an outside client's view of an office. It knows docs/wire.md and nothing else."""
