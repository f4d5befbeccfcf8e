# says: a function that sleeps for an hour
# place: function
# expect: timed out
import time


def answer(*args, **kwargs):
    time.sleep(3600)
