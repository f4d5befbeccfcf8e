"""The verbs of the `course` command: one module for each kind of person, one plain function for each verb."""
