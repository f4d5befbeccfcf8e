"""The verdicts on a submission, and the store that keeps them."""
