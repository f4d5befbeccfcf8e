"""Proves the course sound: each rule has a code, a title, and messages that say what to do."""

from course.authoring.verify.run import Report, verify

__all__ = ["Report", "verify"]
