# says: a first cell of the learner's own that raises
# place: top
# expect: passed
raise RuntimeError("I was only trying something")
