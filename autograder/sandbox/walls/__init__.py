"""The walls that the trusted side puts up around learners' code."""
