"""Draws a history as text, HTML or JSON."""
