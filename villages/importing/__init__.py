"""Import of household workbooks (VIL-7): reading, understanding and checking, without a database.

The order of work is: ``reading`` (bytes to rows, safely) -> ``headers`` (which column is what) ->
``normalise`` and ``validation`` (rows to households, or every problem with its place) ->
``errorbook`` (the same sheet with the bad cells marked). Writing is ``villages.services``.
"""
