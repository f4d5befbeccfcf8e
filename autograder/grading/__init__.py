"""Grades a class, a notebook, an exercise, and decides what is out of date."""
