"""The desk: admin site, dashboard, menu and the registries that apps above contribute to."""
