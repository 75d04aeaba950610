"""Makes the world match the allocations: plans, steps, and the one engine that carries them out."""
