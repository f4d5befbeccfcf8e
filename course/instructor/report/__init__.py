"""Reports on a graded class to its teacher: what to reteach, who is stuck, which wrong ideas people have."""
