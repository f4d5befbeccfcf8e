"""Builds the layers of the sandbox that the trusted side is responsible for."""
