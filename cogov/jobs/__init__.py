"""Jobs: work that must happen, exactly once, whatever dies meanwhile (design.md 3.7)."""
