"""Services of the points supermarket (PNT-4)."""
