"""Simulated outside services of the demo and the tests, each a web server of its own."""
