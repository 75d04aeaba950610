"""The wire contract: what OpenStack answers, pinned on the simulator and on a real cloud alike."""
