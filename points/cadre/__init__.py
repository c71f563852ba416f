"""The cadre pages (/village/): recording points, activities, what one has handed in, notices to print."""
