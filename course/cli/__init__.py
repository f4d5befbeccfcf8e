"""The `course` command: each verb parses, calls one function, and prints."""
