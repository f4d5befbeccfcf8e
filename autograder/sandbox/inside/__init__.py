"""Runs beside learners' code inside the sandbox; imports nothing else of ours."""
