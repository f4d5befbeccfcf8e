"""Reads checkpoint databases and savers without changing them."""
