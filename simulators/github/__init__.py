"""A simulated GitHub: sign-in by OAuth and the few REST calls that a portal makes, over real HTTP."""
