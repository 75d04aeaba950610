"""Pages that show what was provisioned: projects, allocations, servers, and the desk's view of trouble."""
