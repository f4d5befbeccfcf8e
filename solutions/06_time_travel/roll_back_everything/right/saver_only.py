from langgraph.checkpoint.base import create_checkpoint, empty_checkpoint
from langgraph.store.base import PutOp


def roll_back_everything(graph, store, thread_id, checkpoint_id, bank):
    """With the saver alone: pending writes are read, and the good checkpoint is put again under a new id."""
    saver = graph.checkpointer
    thread = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
    good = saver.get_tuple({"configurable": {**thread["configurable"], "checkpoint_id": checkpoint_id}})
    newest = saver.get_tuple(thread)
    done = list(newest.checkpoint["channel_values"].get("journal", []))
    for _, channel, value in newest.pending_writes or []:
        if channel == "journal":
            done += value
    undo = done[len(good.checkpoint["channel_values"].get("journal", [])) :][::-1]
    store.batch([PutOp(tuple(e["namespace"]), e["key"], e["before"]) for e in undo if e["did"] == "put"])
    refunded = set(bank.refunded())
    for entry in undo:
        if entry["did"] == "charge" and entry["id"] not in refunded:
            bank.refund(entry["id"])
            refunded.add(entry["id"])
    copy = {**good.checkpoint, "id": empty_checkpoint()["id"]}
    metadata = {**good.metadata, "source": "fork"}
    saver.put(good.config, copy, metadata, copy["channel_versions"])
