"""Reads of points. Whatever shows to a person takes a scoped queryset, or a village the caller has authorised."""
