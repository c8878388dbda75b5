"""What every part that writes many files needs, of the standard library alone: a lock, a pool, and whole files."""
