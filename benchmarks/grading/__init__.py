"""Measures how a class is graded: `course grade` beside what others use, on the same honest submissions."""
