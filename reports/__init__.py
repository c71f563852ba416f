"""Month close and periodic reports (RPT-1, RPT-2)."""
