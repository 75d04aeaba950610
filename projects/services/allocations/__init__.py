"""Allocations: what a project holds, until when, and how it is given back."""
