"""Settings, composed by star import: dev, test and prod stand on base; all read the environment through env.py."""
