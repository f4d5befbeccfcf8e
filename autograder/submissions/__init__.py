"""Reads what learners handed in, and trusts none of it."""
