"""Grades on a Dask cluster: scheduling is Dask's; ours is what a worker does, and how much waits for it."""
