"""The working-day calendar: which days are worked, as published for each year."""
