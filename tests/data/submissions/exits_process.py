# says: ends its own process
# place: answer
# expect: killed
import os

os._exit(0)
