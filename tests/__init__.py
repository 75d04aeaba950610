"""Tests: unit, contract, crash, web, journeys, and the real OpenStack."""
