"""Grades notebooks: runs what learners wrote in one process, and judges it in another."""
