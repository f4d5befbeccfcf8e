"""Runs beside learners' code, behind the walls: imports nothing else of ours."""
