"""People and promises: who asked for what, who decided, what was granted. Knows no cloud and makes no network call."""
