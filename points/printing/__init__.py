"""Papers of the points system that are no notices."""
