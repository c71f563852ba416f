"""The print engine: content in, pages out. Pure Python, no models, no clock, no settings.

``content`` holds what a document says, ``a4`` and ``poster`` place it on paper to the millimetre,
``weasy`` turns the pages into PDF bytes. The same pages can be shown to a browser instead.
"""
