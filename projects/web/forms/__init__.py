"""Forms check shape only; what may be asked for and granted is decided by services."""
