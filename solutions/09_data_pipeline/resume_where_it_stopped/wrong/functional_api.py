# says: and of a `@task`
def resume_where_it_stopped(saver, thread_id, path, work, most):
    """Tasks return what they returned before. But the whole night is one step: nothing waits for its input to be saved."""

    @task
    def one(part: dict) -> dict:
        return work(part)

    @entrypoint(checkpointer=saver)
    def night(path: str) -> dict:
        cursor, sums = 0, Counter(ok=0, bad=0)
        while chunk := cut(path, cursor, 1, most):
            counts = one(chunk[0]).result()
            sums.update(ok=counts["ok"], bad=counts["bad"])
            cursor = chunk[-1]["end"]
        return dict(sums)

    config = {"configurable": {"thread_id": thread_id}}
    saved = night.get_state(config)
    if saved.created_at and not saved.tasks:
        return saved.values
    return night.invoke(None if saved.created_at else path, config, durability="sync")
