"""The counter of the points supermarket (/counter/): scan, PIN, basket, receipt, stock, reconciliation."""
