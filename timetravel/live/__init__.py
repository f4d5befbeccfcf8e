"""The debugger in a live kernel: forks, edits, the widget."""
