"""Writes notebooks, as JupyterLab keeps them in files."""

from __future__ import annotations

import json


def notebook(*codes: str) -> str:
    """Return a notebook of code cells that weren't run, as the text of its file."""
    cells = [
        {
            "cell_type": "code",
            "id": f"c{place}",
            "metadata": {},
            "source": code,
            "outputs": [],
            "execution_count": None,
        }
        for place, code in enumerate(codes)
    ]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps({"cells": cells, "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5})
