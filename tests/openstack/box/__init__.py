"""A real OpenStack on one machine, for integration tests: see README.md."""
