def run_the_night_shift(path, url, folder, at_once, most):
    """The finished night, and a report in SQL."""
    from course.data_pipeline.night import night

    if night(path, url, folder, at_once, most // at_once) is None:
        return None
    with closing(sqlite3.connect(Path(folder, "results.db"))) as db:
        priced, cents = db.execute("select count(*), coalesce(sum(cents), 0) from priced").fetchone()
        reasons = db.execute("select reason from quarantine").fetchall()
    return {"priced": priced, "cents": cents, "quarantined": dict(Counter(reason for (reason,) in reasons))}
