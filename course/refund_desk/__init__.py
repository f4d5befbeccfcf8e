"""A refund desk to take to work: validate, look up the price, judge, ask a person, pay once.

Lesson 04 runs it, stops it and kills it. Read it from the top down; no file is longer than 120 lines.

- `outside`: the order service and the bank. `watch`: what each attempt of a node leaves behind.
- `graph`: where each outcome goes. `storage`: a file or a Postgres server.
- `worker`: what is due, and the reviewers' side.
- `__main__`: the command, `python -m course.refund_desk`.

Environment variables set it up: `DESK_OUTSIDE` is the address of the order service and the bank, `DESK_DB`
a file or a `postgresql://` URL, `DESK_METRICS` and `DESK_TRACES` are files for what attempts leave behind.
"""
