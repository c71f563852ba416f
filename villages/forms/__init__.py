"""Forms of the registry's desk pages. They ask; the services decide."""
