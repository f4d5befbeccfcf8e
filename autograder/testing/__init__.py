"""Runs the tests of an exercise on a submission: judge, fixture, evidence."""
