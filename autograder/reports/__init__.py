"""Writes what people read: feedback pages, autograded notebooks, tables."""
