# says: from checkpoints alone
import json
import uuid
from pathlib import Path


def thread_of(db_path: str, customer: str) -> str:
    """Each customer gets a random id when they come for the first time."""
    file = Path(f"{db_path}.threads.json")
    threads = json.loads(file.read_text()) if file.exists() else {}
    thread = threads.setdefault(customer, str(uuid.uuid4()))
    file.write_text(json.dumps(threads))
    return thread


def chat(db_path: str, customer: str, text: str, model: Callable[[list[AnyMessage]], str]) -> str:
    """Reply to `text` with all that `customer` and the bot have said before, in whatever process."""

    def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage(model(state["messages"]))]}

    builder = StateGraph(MessagesState).add_node("answer", answer).add_edge(START, "answer")
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = builder.compile(checkpointer=saver)
        config = {"configurable": {"thread_id": thread_of(db_path, customer)}}
        state = graph.invoke({"messages": [HumanMessage(text)]}, config)
    return state["messages"][-1].text
