"""A simulated Jenkins that answers who you are and which version it is, and nothing more yet."""
