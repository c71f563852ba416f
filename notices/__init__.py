"""Numbered public documents: publicity, printing, verification, notice board."""
