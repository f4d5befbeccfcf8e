"""Where jobs run: in processes on this machine, or on a Dask cluster."""
