"""Runs grading jobs: in processes on this machine, or on a Dask cluster."""
