"""Providers behind our ports: each translates its own errors and rows at the border."""
