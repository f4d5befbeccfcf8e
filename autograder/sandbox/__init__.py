"""Runs learners' code where it can reach nothing."""
