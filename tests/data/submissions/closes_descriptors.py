# says: closes every file that its process has open
# place: answer
# expect: killed or tampered
import os

os.closerange(3, 1024)
