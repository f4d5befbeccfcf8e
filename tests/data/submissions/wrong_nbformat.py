# says: a notebook of a format that has not been in use for years
# place: file
# expect: unreadable


def submit(notebook):
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": notebook["cells"]}]}
