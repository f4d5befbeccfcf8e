# says: and of a `@task`
def resume_where_it_stopped(
    saver: BaseCheckpointSaver, thread_id: str, path: str, work: Callable[[Part], Any], most: int
) -> dict[str, int]:
    """Tasks plan and work. What they return is saved in the background, whatever the durability."""

    @task
    def plan(cursor: int) -> Part | None:
        return next(iter(cut(path, cursor, 1, most)), None)

    @task
    def chunk(part: Part) -> dict[str, int]:
        counts = work(part)
        return {"ok": counts["ok"], "bad": counts["bad"]}

    @entrypoint(checkpointer=saver)
    def night(cursor: int) -> dict[str, int]:
        sums = Counter(ok=0, bad=0)
        while part := plan(cursor).result():
            sums.update(chunk(part).result())
            cursor = part["end"]
        return dict(sums)

    config = {"configurable": {"thread_id": thread_id}}
    saved = night.get_state(config)
    if saved.created_at and not saved.tasks:
        return saved.values
    return night.invoke(None if saved.created_at else 0, config, durability="sync")
