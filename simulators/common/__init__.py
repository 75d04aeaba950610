"""What all simulators share: routes, faults, counted calls, a movable clock, a state file, a server."""

from simulators.common.answers import Takeover, json_response
from simulators.common.app import Answer, Simulator
from simulators.common.clock import Clock
from simulators.common.faults import Cut
from simulators.common.main import arguments, run
from simulators.common.server import Server, serving

__all__ = [
    "Answer",
    "Clock",
    "Cut",
    "Server",
    "Simulator",
    "Takeover",
    "arguments",
    "json_response",
    "run",
    "serving",
]
