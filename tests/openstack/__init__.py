"""The real OpenStack for integration tests, and the journeys on it."""
