# says: kills the process that started it
# place: function
# expect: killed or error or failed
import os
import signal


def answer(*args, **kwargs):
    os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
