# says: without what ran beside it
# the node's own writers choose the way, on a state that has the neighbours' results already
from functools import partial

from langgraph._internal._constants import CONFIG_KEY_READ, CONFIG_KEY_SEND, CONFIG_KEY_TASK_ID, NO_WRITES
from langgraph.checkpoint.base import copy_checkpoint
from langgraph.pregel._algo import PregelTaskWrites, apply_writes, local_read
from langgraph.pregel._checkpoint import channels_from_checkpoint


def as_if_node(graph, thread_id, node, result):
    config, saver = {"configurable": {"thread_id": thread_id}}, graph.checkpointer
    waiting = [task for task in graph.get_state(config).tasks if task.name == node and task.result is None]
    if not waiting:
        raise ValueError(node)
    saved = saver.get_tuple(config)
    channels, managed = channels_from_checkpoint(
        graph.channels, saved.checkpoint, saver=saver, config=saved.config
    )
    beside = [
        PregelTaskWrites((), "", [(channel, value)], [])
        for _, channel, value in saved.pending_writes
        if not channel.startswith("__")
    ]
    apply_writes(copy_checkpoint(saved.checkpoint), channels, beside, None, graph.trigger_to_nodes)
    writes = []
    context = {
        CONFIG_KEY_SEND: writes.extend,
        CONFIG_KEY_TASK_ID: waiting[0].id,
        CONFIG_KEY_READ: partial(local_read, None, channels, managed, PregelTaskWrites((), node, writes, [])),
        "thread_id": thread_id,
    }
    for writer in graph.nodes[node].flat_writers:
        writer.invoke(result, {"configurable": context})
    saver.put_writes(saved.config, writes or [(NO_WRITES, None)], waiting[0].id)
    return graph.invoke(None, config)
