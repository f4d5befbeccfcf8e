# says: means a replay
from langchain_core.runnables import RunnableLambda


def as_if_node(graph, thread_id, node, result):
    snapshot = graph.get_state({"configurable": {"thread_id": thread_id}})
    if node not in snapshot.next:
        raise ValueError(node)
    stand_in = graph.nodes[node].copy({"bound": RunnableLambda(lambda _: result)})
    double = graph.copy({"nodes": graph.nodes | {node: stand_in}})
    return double.invoke(None, snapshot.config)  # exactly the checkpoint that was looked at
