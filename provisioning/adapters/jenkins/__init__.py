"""Jenkins: python-jenkins without its guesses, XML and JSON into frozen rows, errors translated at the border."""

from provisioning.adapters.jenkins.controller import Controller, open_controller

__all__ = ["Controller", "open_controller"]
