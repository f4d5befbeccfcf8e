"""The deployment checklist, as programs: each point is checked on the support agent and on the pipeline.

Run one with `python -m course.checklist POINT`. It prints what it saw and what holds, and exits with 1 if
something doesn't. The site's page runs all of them when it's built.

- `errors`, `logs`, `alerts`, `documents`, `security`, `load`, `rollback`: the points.
- `secrets`: finds card numbers and API keys in a file.
- `rules`: the alerts. `desk_metrics`, `night_metrics`: figures as Prometheus reads them.
- `tracked`: all metrics, and what it means when they move. `versions`: what a deploy is rehearsed with.
- `desks`, `nights`: an agent and a night, ready to be checked. `findings`: what a check returns.
"""
