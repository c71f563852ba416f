"""CoGov: 共同缔造 for a township and its villages."""

__version__ = "0.1.0"
