"""Runs the command: `python -m timetravel DB`."""

from timetravel.cli.entry import main

main()
