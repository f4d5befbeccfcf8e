"""For authors: read exercises, print notebooks, prove that tests and answers agree."""
