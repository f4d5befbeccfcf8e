"""What instructors need: grading a class, bundles, summaries."""
