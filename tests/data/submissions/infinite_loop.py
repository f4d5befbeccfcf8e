# says: a loop that never ends, as the cell runs
# place: answer
# expect: timed out
while True:
    pass
