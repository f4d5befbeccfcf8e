"""Keeps a class's marks in nbgrader's database."""
