"""`make demo`: everything on this machine, real but for the cloud, GitHub and Jenkins, which are simulators.

The app has no branch for the demo: it is given other addresses, another clouds.yaml and a badge.
"""
