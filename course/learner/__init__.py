"""What learners need: checks, hints, progress, JupyterLab."""
