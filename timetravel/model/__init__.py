"""What a history means: branches, changes, messages, words."""
