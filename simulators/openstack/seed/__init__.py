"""The world at the first start: the model lab, or a small part of it."""

from simulators.openstack.seed.begin import seeded

__all__ = ["seeded"]
