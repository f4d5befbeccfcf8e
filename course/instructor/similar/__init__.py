"""Finds answers that are more alike than chance explains, whatever their names, comments and layout."""
