"""The debugger in a terminal: the command `timetravel`."""
