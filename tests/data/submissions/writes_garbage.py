# says: writes to every channel that its process has open
# place: answer
# expect: tampered or killed or timed out
import contextlib
import os

for descriptor in range(3, 64):
    with contextlib.suppress(OSError):
        os.write(descriptor, b'\x00\x00\x00\x10{"value": true}\n')
