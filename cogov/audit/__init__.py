"""Audit: events, append-only guards and seals. Import from the modules; models cannot load with the package."""
