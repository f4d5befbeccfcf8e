# says: warns and logs to stderr, which costs all points under stock nbgrader
# place: top
# expect: passed
import sys
import warnings

print("this is only noise", file=sys.stderr)
warnings.warn("and this is a warning", stacklevel=1)
