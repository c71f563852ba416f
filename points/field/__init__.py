"""Points in the field (/field/points/): a grid worker records a deed with a photo on the phone (PNT-2)."""
