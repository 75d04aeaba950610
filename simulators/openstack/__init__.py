"""A simulated OpenStack: keystone, nova, neutron, glance, cinder and placement on one port."""
