"""Holds verdicts and marks, and the store that keeps them."""
