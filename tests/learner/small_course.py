"""A course of one module with two exercises, as `course build` would print it."""

import json

TESTS = '''
import pytest


def twice(double, n):
    return double(n)


@pytest.mark.exercise("double_it", points=2)
def test_doubles(submission):
    """It doubles."""
    n = submission.rng.randint(3, 99)
    assert submission.observe(twice, n=n) == 2 * n, "that is not twice the number: multiply by two"


def half(halve, n):
    return halve(n)


@pytest.mark.exercise("halve_it", points=1)
def test_halves(submission):
    """It halves."""
    assert submission.observe(half, n=4) == 2, "that is not half of it"
'''


def cell(kind, source, **marks):
    metadata = (
        {"nbgrader": {"schema_version": 3, "grade": False, "solution": False, **marks}} if marks else {}
    )
    return {"cell_type": kind, "id": f"c{abs(hash(source))}", "metadata": metadata, "source": source} | (
        {"outputs": [], "execution_count": None} if kind == "code" else {}
    )


def notebook(*cells, **metadata):
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    facts = {"kernelspec": kernel, "language_info": {"name": "python"}, **metadata}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": facts, "cells": list(cells)})


QUESTION = cell("markdown", "Why?", grade_id="explain_it", grade=True, solution=True, points=2)


def exercises(answer="raise NotImplementedError", other="raise NotImplementedError", *, question=False):
    named = {
        "double_it": {
            "title": "Double it",
            "points": 3,
            "public_points": 2,
            "hints": ["Think.", "Use `*`.", "`2 * n`"],
        },
        "halve_it": {"title": "Halve it", "points": 1, "public_points": 1, "hints": ["Divide."]},
    }
    asked = {"explain_it": {"title": "Explain it", "points": 2}} if question else {}
    return notebook(
        cell("markdown", "# Exercises"),
        cell("code", answer, grade_id="double_it_answer", solution=True),
        cell("code", 'check("double_it")', grade_id="double_it", grade=True, locked=True, points=3),
        cell("code", other, grade_id="halve_it_answer", solution=True),
        cell("code", 'check("halve_it")', grade_id="halve_it", grade=True, locked=True, points=1),
        *([QUESTION] if question else []),
        course={"module": "01_numbers", "exercises": named, "questions": asked},
    )
