"""A simulated Jenkins: people, agents, jobs and builds over the remote API."""
