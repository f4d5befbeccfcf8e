# says: twenty processes that would outlive their parent
# place: answer
# expect: not written or killed or error or timed out or tampered
import os
import time

for _ in range(20):
    if os.fork() == 0:
        os.setsid()
        time.sleep(60)
        os._exit(0)
