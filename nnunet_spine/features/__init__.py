"""Features of trained networks: in which layer domains separate, and for which structure."""
