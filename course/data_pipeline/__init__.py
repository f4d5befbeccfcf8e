"""A pipeline to take to work: orders from a JSONL file, priced by a service, into a table, one night long.

Read it from the bottom up; each file is at most 80 lines.

- `orders`: what a line is, and where it is. `pricing`: what may pass, and what never will.
- `sink`: each record once. `metrics`: what a call took. `worker`: one part, which may be done again.
- `graph`: chunks. `run`: start or resume, drain. `report`: what came out. `night`: all of it.
- `service`: the pricing service to try it on. Nothing else here knows of it.
"""
